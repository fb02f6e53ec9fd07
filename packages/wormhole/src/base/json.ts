/** What JSON can say. Everything that comes from outside enters as this, and leaves as a typed value or an error. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
/** A JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** A JSON object's fields, looked up without falling through to the prototype. */
export function field(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Levels of nesting that a message from outside may have. Ours need five. */
const MAX_DEPTH = 32;

/** Parses a JSON object from a stranger: `undefined` when it is none, or nested absurdly. Never throws. */
export function parseObject(text: string): JsonObject | undefined {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
  return isObject(value) && isShallow(value) ? value : undefined;
}

/** Whether a value is nested at most so deep that it can be walked through without a second thought. */
export function isShallow(value: JsonValue, levels: number = MAX_DEPTH): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}
