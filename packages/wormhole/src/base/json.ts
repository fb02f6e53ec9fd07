/** JSON values, and reading them safely from untrusted text. */

/** Any value that JSON can hold. A decoder turns it into a typed value or an error. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** One field of a JSON object; `undefined` if it is absent. Never reads the prototype. */
export function field(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether a JSON value is an object, and not an array. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Levels of nesting that a message from outside may have. Our own messages need five. */
const MAX_DEPTH = 32;

/** Parses untrusted JSON; `undefined` if it is not an object or is nested too deeply. Never throws. */
export function parseObject(text: string): JsonObject | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  return isObject(value) && isShallow(value) ? value : undefined;
}

/** Whether a value is nested at most this deeply, so that a recursive walk through it is safe. */
export function isShallow(value: JsonValue, levels: number = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

/** A deep copy. Whatever its receiver does to it, the original is unharmed. */
export function copyJson<T extends JsonValue>(value: T): T;
export function copyJson(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((element) => copyJson(element));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copyJson(member)]));
}
