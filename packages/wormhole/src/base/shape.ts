/** Checks of plain data from outside, such as a saved state. A shape is a type guard, made from smaller ones. */
import { isObject, isShallow, type JsonObject, type JsonValue } from "./json.ts";

/** A type guard for `T`. */
export type Shape<T> = (value: unknown) => value is T;

/** A shape for every field of `T`, including optional ones. If one is missing, it does not compile. */
type Fields<T> = { readonly [K in keyof T]-?: Shape<T[K]> };

/** For each value of the field `K` that distinguishes the members of a union: the other fields of that member. */
type Variants<T, K extends keyof T> = {
  readonly [V in T[K] & string]: Fields<Omit<Extract<T, Readonly<Record<K, V>>>, K>>;
};

/** Any text. */
export const text: Shape<string> = (value): value is string => typeof value === "string";

/** True or false. */
export const flag: Shape<boolean> = (value): value is boolean => typeof value === "boolean";

/** Only `true`. */
export const truth: Shape<true> = (value) => value === true;

/** An integer from `least` to `most`. */
export function whole(least: number, most: number): Shape<number> {
  return (value): value is number => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** A count: an integer of at least 0. */
export const count = whole(0, Number.MAX_SAFE_INTEGER);

/** Bytes of any length. */
export const anyBytes: Shape<Uint8Array> = (value) => value instanceof Uint8Array;

/** Exactly `length` bytes. */
export function bytes(length: number): Shape<Uint8Array> {
  return (value): value is Uint8Array => value instanceof Uint8Array && value.length === length;
}

/** A JSON object without bytes, nested no deeper than the peer's decoder accepts. */
export const json: Shape<JsonObject> = (value): value is JsonObject =>
  isObject(value as JsonValue) && isShallow(value as JsonObject) && isPlain(value);

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !(value instanceof Uint8Array) && Object.values(value).every(isPlain);
}

/** One of the names. The record lists each name of `T`. */
export function oneOf<T extends string>(names: Readonly<Record<T, true>>): Shape<T> {
  return (value): value is T => typeof value === "string" && Object.hasOwn(names, value);
}

/** A value that may be absent. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || shape(value);
}

/** An array of any length. */
export function list<T>(shape: Shape<T>): Shape<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(shape);
}

/** An object with any keys. */
export function record<T>(shape: Shape<T>): Shape<{ [key: string]: T }> {
  return (value): value is { [key: string]: T } =>
    isObject(value as JsonValue) && Object.values(value as object).every(shape);
}

/** An object with these fields. Further fields are allowed. */
export function fields<T>(shapes: Fields<T>): Shape<T> {
  const expected = Object.entries<Shape<unknown>>(shapes);
  return (value): value is T => {
    if (!isObject(value as JsonValue)) return false;
    const object = value as Readonly<Record<string, unknown>>;
    return expected.every(([name, shape]) => shape(Object.hasOwn(object, name) ? object[name] : undefined));
  };
}

/** A member of a union whose members differ in the field `tag`. */
export function variantsBy<T, K extends keyof T & string>(tag: K, shapes: Variants<T, K>): Shape<T> {
  const members = Object.entries<Fields<unknown>>(shapes).map(([name, shape]) => [name, fields(shape)] as const);
  const byName = new Map<unknown, Shape<unknown>>(members);
  return (value): value is T => {
    if (!isObject(value as JsonValue)) return false;
    const member = byName.get((value as Readonly<Record<string, unknown>>)[tag]);
    return member?.(value) ?? false;
  };
}

/** A state of a machine: a member of a union whose members differ in the field `at`. */
export function variants<T extends { readonly at: string }>(shapes: Variants<T, "at">): Shape<T> {
  return variantsBy<T, "at">("at", shapes);
}
