/** Checks of plain data that comes from a file: each says whether a value is what its type promises. */
import { isObject, isShallow, type JsonObject, type JsonValue } from "../../base/json.ts";

export type Shape<T> = (value: unknown) => value is T;

/** A shape for every field of `T`, the optional ones included: leaving one out does not compile. */
type Fields<T> = { readonly [K in keyof T]-?: Shape<T[K]> };

/** For each value of the field `K` that tells the members of a union apart, the other fields of that member. */
type Variants<T, K extends keyof T> = {
  readonly [V in T[K] & string]: Fields<Omit<Extract<T, Readonly<Record<K, V>>>, K>>;
};

export const text: Shape<string> = (value): value is string => typeof value === "string";

export const flag: Shape<boolean> = (value): value is boolean => typeof value === "boolean";

export const truth: Shape<true> = (value) => value === true;

export function whole(least: number, most: number): Shape<number> {
  return (value): value is number => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** A number of things. */
export const count = whole(0, Number.MAX_SAFE_INTEGER);

export const anyBytes: Shape<Uint8Array> = (value) => value instanceof Uint8Array;

export function bytes(length: number): Shape<Uint8Array> {
  return (value): value is Uint8Array => value instanceof Uint8Array && value.length === length;
}

/** What JSON could say, and would be read again if it were sent. */
export const json: Shape<JsonObject> = (value): value is JsonObject =>
  isObject(value as JsonValue) && isShallow(value as JsonObject) && isPlain(value);

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return !(value instanceof Uint8Array) && Object.values(value).every(isPlain);
}

export function oneOf<T extends string>(names: Readonly<Record<T, true>>): Shape<T> {
  return (value): value is T => typeof value === "string" && Object.hasOwn(names, value);
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value): value is T | undefined => value === undefined || shape(value);
}

export function list<T>(shape: Shape<T>): Shape<T[]> {
  return (value): value is T[] => Array.isArray(value) && value.every(shape);
}

export function record<T>(shape: Shape<T>): Shape<{ [key: string]: T }> {
  return (value): value is { [key: string]: T } =>
    isObject(value as JsonValue) && Object.values(value as object).every(shape);
}

export function fields<T>(shapes: Fields<T>): Shape<T> {
  const expected = Object.entries<Shape<unknown>>(shapes);
  return (value): value is T => {
    if (!isObject(value as JsonValue)) return false;
    const object = value as Readonly<Record<string, unknown>>;
    return expected.every(([name, shape]) => shape(Object.hasOwn(object, name) ? object[name] : undefined));
  };
}

export function variants<T, K extends keyof T & string>(tag: K, shapes: Variants<T, K>): Shape<T> {
  const members = Object.entries<Fields<unknown>>(shapes).map(([name, shape]) => [name, fields(shape)] as const);
  const byName = new Map<unknown, Shape<unknown>>(members);
  return (value): value is T => {
    if (!isObject(value as JsonValue)) return false;
    const member = byName.get((value as Readonly<Record<string, unknown>>)[tag]);
    return member?.(value) ?? false;
  };
}
