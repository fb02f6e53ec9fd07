/** Codes as text: how they are checked and split, and how their words are drawn and completed. */
import { KeyFormatError } from "../errors.ts";
import { THREE_SYLLABLES, TWO_SYLLABLES } from "./wordlist.ts";

/** The default number of words: 16 bits, against an attacker with one guess. */
export const DEFAULT_WORDS = 2;
/** The largest number of words that a new code can have. */
export const MAX_WORDS = 255;

/**
 * The code of "zero mode", the option `-0` of the Python program. It holds no secret: use it only for tests on a server
 * of your own. It is the only code without words.
 */
export const ZERO_CODE = "0-";

/** Whether a word is in the public list from which programs draw the words of codes. All these words are in lower case. */
export function isCodeWord(word: string): boolean {
  return THREE_SYLLABLES.includes(word) || TWO_SYLLABLES.includes(word);
}

/** The 256 words from which programs draw the word at a position. Positions are counted from 0. */
export function codeWordsAt(position: number): readonly string[] {
  return position % 2 === 0 ? THREE_SYLLABLES : TWO_SYLLABLES;
}

/** Returns one word for each random byte, joined by hyphens. */
export function drawWords(random: Uint8Array): string {
  return Array.from(random, (byte, position) => codeWordsAt(position)[byte]).join("-");
}

/**
 * Returns the completions of `prefix`, the part of the words that has been typed, in no particular order. If more words
 * are expected, a hyphen follows each.
 */
export function completeWords(prefix: string, expected: number = DEFAULT_WORDS): Set<string> {
  const start = prefix.lastIndexOf("-") + 1;
  const [before, last] = [prefix.slice(0, start), prefix.slice(start)];
  const position = before.split("-").length - 1;
  const end = position + 1 < expected ? "-" : "";
  const candidates = codeWordsAt(position).filter((word) => word.startsWith(last));
  return new Set(candidates.map((word) => before + word + end));
}

/** Decimal digits, at most 40. The server keeps leading zeros, so `4` and `04` are two nameplates. */
const NAMEPLATE = /^[0-9]{1,40}$/;

/** Whether a value is a nameplate. */
export function isNameplate(text: unknown): text is string {
  return typeof text === "string" && NAMEPLATE.test(text);
}

/** Checks a nameplate. @throws {KeyFormatError} if it is invalid */
export function checkNameplate(nameplate: string): void {
  if (isNameplate(nameplate)) return;
  throw new KeyFormatError("A code begins with its number, in digits only, such as 7-guitarist-revenge.");
}

/** Checks the words of a code. @throws {KeyFormatError} if they are invalid */
export function checkWords(words: string): void {
  if (words === "") throw new KeyFormatError("A code needs its words after the number, such as 7-guitarist-revenge.");
  if (/\s/u.test(words)) throw new KeyFormatError("A code has no blanks. Its words are joined by hyphens.");
}

/**
 * Splits a code at its first hyphen. Any text without blanks is accepted as words.
 * @throws {KeyFormatError} with the rule that the code breaks
 */
export function parseCode(code: string): { nameplate: string; words: string } {
  const hyphen = code.indexOf("-");
  const [nameplate, words] = hyphen < 0 ? [code, ""] : [code.slice(0, hyphen), code.slice(hyphen + 1)];
  checkNameplate(nameplate);
  if (code !== ZERO_CODE) checkWords(words);
  return { nameplate, words };
}
