/** Text and numbers for an HTML page. */

/** Controls, lone surrogates, and characters that change the direction of their neighbours. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Makes untrusted text safe in elements and in quoted attributes. Everything in a page that comes from a file passes here. */
export function escaped(text: string): string {
  return text
    .replace(UNPRINTABLE, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** A time span for people: `0.42 ms`, `12.3 ms`, `1,234 ms`, `95.3 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${grouped(milliseconds / 1000, 1)} s`;
  return `${grouped(milliseconds, milliseconds < 1 ? 2 : milliseconds < 100 ? 1 : 0)} ms`;
}

/** A number with separators and at most so many decimals: `1,234.5`. */
export function grouped(value: number, digits: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
