/** Makes untrusted text harmless for terminals. */
import { inPlace, isInvisible } from "./invisible.ts";

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
  const expected = inPlace(line);
  let index = 0;
  for (const character of line) {
    const isPartOfOther = expected.has(index);
    index += character.length;
    const piece = isPartOfOther || (tabs && character === "\t") ? character : visible(character);
    columns += isPartOfOther ? 0 : columnsOf(piece);
    shown += piece;
    // A line that is cut behind an invisible character might end with it.
    if (columns < width && !isPartOfOther) cut = shown;
    if (columns > width) return `${cut}…`;
  }
  return shown;
}

/** Columns of one character, or of the escape that represents it. */
function columnsOf(piece: string): number {
  return WIDE.test(piece) ? 2 : [...piece].length;
}

function visible(character: string): string {
  if (!isInvisible(character)) return character;
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  const point = character.codePointAt(0) ?? 0;
  return point <= 0xff ? `\\x${point.toString(16).padStart(2, "0")}` : `\\u{${point.toString(16)}}`;
}
