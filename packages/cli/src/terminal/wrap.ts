/** Breaks sentences into lines between words. Without it, a terminal breaks them in the middle of a word. */
import { columnsOf } from "./columns.ts";

/** A quoted text with blanks, such as a path, which stays together so that it can be copied; or a run without blanks. */
const PIECE = /(?<![^\s(])'[^'\n]*'(?=[\s.,:;!?)]|$)\S*|\S+/gu;
/** Narrower than this, every second word would have a line of its own. */
const NARROWEST = 20;

/**
 * Breaks every line of a text that is wider than `columns`. Lines that begin with a blank, and lines that are commands,
 * stay as they are: people copy them. A word that is wider than a line is not broken.
 */
export function wrap(text: string, columns: number): string {
  if (columns < NARROWEST) return text;
  return text
    .split("\n")
    .map((line) => (isVerbatim(line) || columnsOf(line) <= columns ? line : wrapLine(line, columns)))
    .join("\n");
}

function isVerbatim(line: string): boolean {
  return /^(?:\s|wormhole\s)/.test(line);
}

function wrapLine(line: string, columns: number): string {
  const lines: string[] = [];
  let current = "";
  for (const piece of line.match(PIECE) ?? []) {
    const longer = current === "" ? piece : `${current} ${piece}`;
    if (current !== "" && columnsOf(longer) > columns) {
      lines.push(current);
      current = piece;
    } else {
      current = longer;
    }
  }
  // A question ends with a blank, before the answer.
  const end = /\s+$/.exec(line)?.[0] ?? "";
  return [...lines, current].join("\n") + end;
}
