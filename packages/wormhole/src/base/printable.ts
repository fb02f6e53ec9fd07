/** Makes untrusted text harmless for terminals. */

/** Text that is safe to show on a terminal. Only {@link printable} makes it. */
export type Printable = string & { readonly [printableBrand]: true };
declare const printableBrand: unique symbol;

/** The options of {@link printable}. */
export interface PrintableOptions {
  /** Keep newlines and tabs, for a message of several lines. Default: false, which returns one line. */
  multiline?: boolean | undefined;
  /** Columns after which a line is cut with `…`. Default: 200; without a limit if `multiline` is true. */
  width?: number | undefined;
}

/** Columns: wide enough for any normal name or sentence, and narrow enough not to hide the text around it. */
const LINE_WIDTH = 200;

/**
 * Control characters, lone surrogates, line separators, and invisible characters that change the look of others, such as
 * direction marks, zero-width characters and tags, and letters and symbols that look blank. Variation selectors are part of
 * the character before them.
 */
const UNPRINTABLE =
  /(?![\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;

/** Arabic letters that join the letter before them only, so that a non-joiner behind them would be invisible. */
const ENDS_JOINED =
  "\u0621-\u0625\u0627\u0629\u062f-\u0632\u0648\u0671-\u0677\u0688-\u0699\u06c0\u06c3-\u06cb\u06cd\u06cf\u06d2-\u06d5";
/** The signs by which the scripts of India remove the vowel of a letter. */
const VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca";
/** Joiners that can be seen: between two emoji, behind an Arabic letter that would join the next, behind a virama. */
const VISIBLE_JOINER = new RegExp(
  [
    "(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}]\\ufe0f?)\\u200d(?=\\p{Extended_Pictographic})",
    `(?<=(?![${ENDS_JOINED}])[\\u0620-\\u064a\\u066e-\\u06d3\\u06fa-\\u06fc])\\u200c(?=[\\u0620-\\u064a\\u066e-\\u06d3])`,
    `(?<=[${VIRAMAS}])[\\u200c\\u200d](?=\\p{L})`,
  ].join("|"),
  "gu",
);

/** East Asian wide characters and emoji, which take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * Makes untrusted text safe to show: a terminal displays it and obeys nothing in it.
 *
 * Use it for every name, message, error and greeting from the peer or a server. A text that is already printable is
 * returned unchanged.
 *
 * @throws {TypeError} if `text` is not a string
 *
 * @example
 * printable("done\u001b[2J\n"); // "done\\x1b[2J\\n"
 */
export function printable(text: string, options: PrintableOptions = {}): Printable {
  if (typeof text !== "string") throw new TypeError("text must be a string");
  const { multiline = false, width = multiline ? Number.POSITIVE_INFINITY : LINE_WIDTH } = options;
  // Files from Windows end their lines with both characters.
  const lines = multiline ? text.split(/\r?\n/) : [text];
  return lines.map((line) => printableLine(line, multiline, width)).join("\n") as Printable;
}

function printableLine(line: string, tabs: boolean, width: number): string {
  let shown = "";
  let columns = 0;
  /** The beginning of the line that leaves one column for the `…`. */
  let cut = "";
  const joiners = new Set(Array.from(line.matchAll(VISIBLE_JOINER), ({ index }) => index));
  let index = 0;
  for (const character of line) {
    const isJoiner = joiners.has(index);
    index += character.length;
    const piece = isJoiner || (tabs && character === "\t") ? character : visible(character);
    columns += isJoiner ? 0 : columnsOf(piece);
    shown += piece;
    // A line that is cut behind a joiner would end with an invisible character.
    if (columns < width && !isJoiner) cut = shown;
    if (columns > width) return `${cut}…`;
  }
  return shown;
}

/** Columns of one character, or of the escape that represents it. */
function columnsOf(piece: string): number {
  return WIDE.test(piece) ? 2 : [...piece].length;
}

function visible(character: string): string {
  if (!UNPRINTABLE.test(character)) return character;
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  const point = character.codePointAt(0) ?? 0;
  return point <= 0xff ? `\\x${point.toString(16).padStart(2, "0")}` : `\\u{${point.toString(16)}}`;
}
