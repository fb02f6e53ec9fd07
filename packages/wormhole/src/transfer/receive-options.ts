/** The check of the options of `receive`, before anything is done with them. */
import type { OfferChoice, ReceiveOptions } from "./api.ts";

/** @throws {TypeError} if an option of {@link receive} has an impossible value */
export function checkReceiveOptions(options: ReceiveOptions): void {
  checkPath("directory", options.directory);
  checkChoice(options);
  checkBoolean("allowHidden", options.allowHidden);
  const { accept } = options;
  if (typeof accept !== "function") checkBoolean("accept", accept);
}

/** @throws {TypeError} if a choice has an impossible value */
export function checkChoice(choice: Pick<ReceiveOptions, keyof OfferChoice>): void {
  checkPath("output", choice.output);
  if (choice.overwrite !== "output") checkBoolean("overwrite", choice.overwrite);
  checkBoolean("ignoreSpace", choice.ignoreSpace);
}

function checkPath(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== "string") throw new TypeError(`${name} must be a string.`);
  if (value === "") throw new TypeError(`${name} is empty: name a path, or leave it out.`);
  if (value.includes("\0")) throw new TypeError(`${name} contains a zero byte, which no path can have.`);
}

function checkBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") throw new TypeError(`${name} must be true or false.`);
}
