/** Codes as text: what one may look like, drawing its words, and completing them. */
import { KeyFormatError } from "../errors.ts";
import { THREE_SYLLABLES, TWO_SYLLABLES } from "./wordlist.ts";

/** Words of a code when nobody says otherwise: 16 bits, and one guess. */
export const DEFAULT_WORDS = 2;
/** More than anybody says aloud. */
export const MAX_WORDS = 255;

/**
 * The code of "zero mode", which the Python program takes as `-0`: no secret at all, for tests on a server of one's own.
 * It is the only code without words.
 */
export const ZERO_CODE = "0-";

/** Whether programs draw this word for their codes; all of them are in small letters. */
export function isCodeWord(word: string): boolean {
  return THREE_SYLLABLES.includes(word) || TWO_SYLLABLES.includes(word);
}

/** The list from which the word at `position` (from 0) comes. */
function listFor(position: number): readonly string[] {
  return position % 2 === 0 ? THREE_SYLLABLES : TWO_SYLLABLES;
}

/** One word for each random byte, joined by hyphens. */
export function drawWords(random: Uint8Array): string {
  return Array.from(random, (byte, position) => listFor(position)[byte]).join("-");
}

/**
 * All that `prefix` (the words typed so far) may become, with a hyphen where more words are expected. Sorting is for
 * the front end.
 */
export function completeWords(prefix: string, expected: number = DEFAULT_WORDS): Set<string> {
  const start = prefix.lastIndexOf("-") + 1;
  const [before, last] = [prefix.slice(0, start), prefix.slice(start)];
  const position = before.split("-").length - 1;
  const end = position + 1 < expected ? "-" : "";
  const candidates = listFor(position).filter((word) => word.startsWith(last));
  return new Set(candidates.map((word) => before + word + end));
}

/** The server takes decimal digits, at most 40, and keeps leading zeros: `4` and `04` are two nameplates. */
const NAMEPLATE = /^[0-9]{1,40}$/;

export function isNameplate(text: unknown): text is string {
  return typeof text === "string" && NAMEPLATE.test(text);
}

/** @throws {KeyFormatError} if it is no nameplate */
export function checkNameplate(nameplate: string): void {
  if (isNameplate(nameplate)) return;
  throw new KeyFormatError("A code begins with its number, such as 7-guitarist-revenge: digits only, no blanks.");
}

/** @throws {KeyFormatError} if these cannot be the words of a code */
export function checkWords(words: string): void {
  if (words === "") throw new KeyFormatError("A code needs its words after the number, such as 7-guitarist-revenge.");
  if (/\s/u.test(words)) throw new KeyFormatError("A code has no blanks: its words are joined by hyphens.");
}

/**
 * Takes a code apart. Everything after the first hyphen is the words: any text without blanks.
 * @throws {KeyFormatError} that names the rule which the code breaks
 */
export function parseCode(code: string): { nameplate: string; words: string } {
  const hyphen = code.indexOf("-");
  const [nameplate, words] = hyphen < 0 ? [code, ""] : [code.slice(0, hyphen), code.slice(hyphen + 1)];
  checkNameplate(nameplate);
  if (code !== ZERO_CODE) checkWords(words);
  return { nameplate, words };
}
