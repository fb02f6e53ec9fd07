/** Text that is safe inside of HTML and SVG, in elements as in quoted attributes. Everything of a page is put together with it. */
export function escaped(text: string): string {
  return text
    .replace(UNPRINTABLE, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

/** Controls, half surrogates and what changes the direction of its neighbours. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** `0.42 ms`, `12.3 ms`, `1,234 ms`, `95.3 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds >= 10_000) return `${grouped(milliseconds / 1000, 1)} s`;
  return `${grouped(milliseconds, milliseconds < 1 ? 2 : milliseconds < 100 ? 1 : 0)} ms`;
}

/** `1,234.5` */
export function grouped(value: number, digits: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: digits });
}
