/** Codes that programs draw, wherever they stand in a text, whatever stands between their words. */
import { codeWordsAt } from "@wormhole-ts/wormhole";

/** A drawn code that was found in a text. */
export interface FoundCode {
  readonly code: string;
  /** The letters and digits before and behind it, as words. */
  readonly before: readonly string[];
  readonly behind: readonly string[];
}

/** Characters without a look of their own, except blanks: direction marks, joiners, soft hyphens, control characters. */
const INVISIBLE = /\p{Cf}|\u034f|\u20e3|\u3164|[\ufe00-\ufe0f]|(?!\s)\p{Cc}/gu;

/** Removes the characters that cannot be seen. */
export const withoutInvisible = (text: string): string => text.replace(INVISIBLE, "");

/**
 * Splits a text into its runs of letters and of digits, in lower case. Everything else separates them. Digits of every
 * script become ASCII, and a number is separated from the word behind it.
 */
export function tokensOf(text: string): string[] {
  const plain = asciiDigits(withoutInvisible(decoded(text))).toLowerCase();
  return plain.match(/(?<![\p{L}\p{M}\p{N}])\d+(?=\p{L}|$|[^\p{L}\p{M}\p{N}])|[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** Finds the drawn codes in a text, each as long as possible. */
export function findDrawn(tokens: readonly string[]): FoundCode[] {
  return tokens.flatMap((token, start) => {
    if (!/^\d+$/.test(token)) return [];
    let end = start + 1;
    while (codeWordsAt(end - start - 1).includes(tokens[end] ?? "")) end++;
    if (end === start + 1) return [];
    const code = [plainNumber(token), ...tokens.slice(start + 1, end)].join("-");
    return [{ code, before: tokens.slice(0, start), behind: tokens.slice(end) }];
  });
}

/** A number without leading zeros, which no program puts before a drawn code. */
export function plainNumber(digits: string): string {
  return digits.replace(/^0+(?=\d)/, "");
}

/** Replaces the decimal digits of every script by ASCII digits, and other characters by their usual forms. */
export function asciiDigits(text: string): string {
  return text.normalize("NFKC").replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

/** The digits of a script follow each other, from 0 to 9. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) ?? 0;
  for (let value = 0; value < 9; value++) {
    if (!/\p{Nd}/u.test(String.fromCodePoint(point - value - 1))) return value;
  }
  return 9;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
