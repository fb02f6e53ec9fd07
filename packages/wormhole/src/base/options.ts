/** Checks of the options of public calls: types and names, before anything else happens. */

/** What an option must be. `is` judges a value that is not `undefined`, and `must` completes the sentence "NAME must …". */
export interface Check {
  readonly is: (value: unknown) => boolean;
  readonly must: string;
  /** Whether the option may be missing. */
  readonly optional: boolean;
}

/** The checks of all options in `T`. If one is missing, the table does not compile. */
export type Checks<T> = { readonly [K in keyof T]-?: Check } & { readonly [name: string]: Check };

function check(must: string, is: (value: unknown) => boolean): Check {
  return { is, must, optional: true };
}

/** The same check of an option that may not be missing. */
export function required(inner: Check): Check {
  return { ...inner, optional: false };
}

/** Whether a value has these methods. Unlike `instanceof`, it recognises objects of another copy of the package. */
function hasMethods(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  const object = value as Readonly<Record<string, unknown>>;
  return names.every((name) => typeof object[name] === "function");
}

const isText = (value: unknown): value is string => typeof value === "string";

export const aString = check("be a string", isText);
export const aName = check("be a string that is not empty", (value) => isText(value) && value !== "");
export const aPath = check("be a path: a string that is not empty and has no zero byte", (value) => {
  return isText(value) && value !== "" && !value.includes("\0");
});
export const anAddress = check("be a string or a URL", (value) => isText(value) || isUrl(value));
export const aBoolean = check("be a boolean", (value) => typeof value === "boolean");
export const aFunction = check("be a function", (value) => typeof value === "function");
export const strings = check("be a list of strings", (value) => Array.isArray(value) && value.every(isText));
export const anObject = check("be an object", (value) => typeof value === "object" && value !== null);
export const aSignal = check("be an AbortSignal", (value) => hasMethods(value, ["addEventListener", "throwIfAborted"]));
export const aTiming = check("be a Timing", (value) => hasMethods(value, ["begin", "add", "toJSON"]));
export const aTor = check("be a Tor, such as getTor gives", (value) => hasMethods(value, ["streams"]));
export const aJournal = check("have process and queueOutbound", (value) =>
  hasMethods(value, ["process", "queueOutbound"]),
);
export const aStream = check("be a stream of Node", (value) => hasMethods(value, ["on", "removeListener"]));

/** An integer from `least` to `most`. */
export function wholeNumber(least: number, most: number): Check {
  const is = (value: unknown) => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
  return check(`be a number from ${least} to ${most}`, is);
}

/** A number of `unit`, more than 0 and at most `most`. */
export function amount(unit: string, most: number): Check {
  const is = (value: unknown) => typeof value === "number" && value > 0 && value <= most;
  return check(`be a number of ${unit}, more than 0 and at most ${most}`, is);
}

/** A URL object, also of another realm. */
function isUrl(value: unknown): boolean {
  return typeof value === "object" && value !== null && "href" in value && isText(value.href);
}

/**
 * Checks the options of the public call `call`. Unknown names are accepted, because an application may pass an
 * object that has more; but a name that differs from a known one by a letter or two is a mistake.
 * @throws {TypeError} if `options` is not an object, or if an option is missing, misspelt or of another type
 */
export function checkOptions<T>(call: string, options: unknown, checks: Checks<T>): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${call} needs its options: an object with ${listOf(checks)}`);
  }
  const given = options as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(given)) checkName(call, name, checks);
  for (const [name, { is, must, optional }] of Object.entries<Check>(checks)) {
    const value = given[name];
    if (value === undefined ? !optional : !is(value)) throw new TypeError(`${name} must ${must}, not ${shown(value)}`);
  }
}

/** The options that may not be missing, or else the first ones. */
function listOf(checks: Readonly<Record<string, Check>>): string {
  const names = Object.keys(checks).filter((name) => checks[name]?.optional === false);
  return (names.length > 0 ? names : Object.keys(checks).slice(0, 3)).join(" and ");
}

/** A value as a short description for an error. */
function shown(value: unknown): string {
  if (value === null || value === undefined || typeof value === "boolean" || typeof value === "number")
    return String(value);
  if (value === "") return "an empty string";
  if (Array.isArray(value)) return "a list";
  return `${typeof value === "object" ? "an" : "a"} ${typeof value}`;
}

function checkName(call: string, name: string, checks: Readonly<Record<string, Check>>): void {
  if (Object.hasOwn(checks, name)) return;
  const meant = Object.keys(checks).find((known) => isMisspelt(name, known));
  if (meant !== undefined) throw new TypeError(`${call} has no option "${name}": did you mean "${meant}"?`);
}

/** Whether `name` is `known` in other letters or with a slip or two. Short names are too close to each other for that. */
function isMisspelt(name: string, known: string): boolean {
  const [a, b] = [name.toLowerCase(), known.toLowerCase()];
  if (a === b) return true;
  const allowed = Math.min(a.length, b.length) < 5 ? 0 : 2;
  return Math.abs(a.length - b.length) <= allowed && distance(a, b) <= allowed;
}

/** The number of letters to insert, remove, replace or swap with their neighbour, to make `b` of `a`. */
function distance(a: string, b: string): number {
  let [older, last]: number[][] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const replaced = at(last, j - 1) + (same ? 0 : 1);
      const best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced);
      row.push(swapped ? Math.min(best, at(older, j - 2) + 1) : best);
    }
    [older, last] = [last, row];
  }
  return at(last, b.length);
}

const at = (row: readonly number[] | undefined, index: number): number => row?.[index] ?? Number.POSITIVE_INFINITY;
