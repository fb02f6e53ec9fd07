/** Text that can be shown on a terminal: made by {@link printable} alone. */
export type Printable = string & { readonly [printableBrand]: true };
declare const printableBrand: unique symbol;

/** How text is made printable. */
export interface PrintableOptions {
  /** Keep newlines and tabs, as a message of several lines needs. Default false: one line comes out. */
  multiline?: boolean;
  /** Columns after which a line is cut with `…`. Default: 200, but no limit for text of several lines. */
  width?: number;
}

/** Wide enough for any honest name or sentence, narrow enough not to bury what stands around it. */
const LINE_WIDTH = 200;

/**
 * Controls, half surrogates, separators of lines, and everything invisible that changes how its neighbours look
 * (direction marks, zero-width characters, tags).
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** East Asian wide characters and emoji, which take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * Makes a stranger's text harmless to look at: a terminal shows what it says and obeys nothing in it.
 *
 * Names, messages, errors and greetings of the peer and of servers are printed through this function only. What it
 * gives comes out unchanged when given to it again.
 */
export function printable(text: string, options: PrintableOptions = {}): Printable {
  const { multiline = false, width = multiline ? Number.POSITIVE_INFINITY : LINE_WIDTH } = options;
  const lines = multiline ? text.split("\n") : [text];
  return lines.map((line) => printableLine(line, multiline, width)).join("\n") as Printable;
}

function printableLine(line: string, tabs: boolean, width: number): string {
  let shown = "";
  let columns = 0;
  /** What is left if the line turns out too long: one column less, for the `…`. */
  let cut = "";
  for (const character of line) {
    const piece = tabs && character === "\t" ? character : visible(character);
    columns += columnsOf(piece);
    shown += piece;
    if (columns < width) cut = shown;
    if (columns > width) return `${cut}…`;
  }
  return shown;
}

/** Columns of one character or of the escape that stands for it. */
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
