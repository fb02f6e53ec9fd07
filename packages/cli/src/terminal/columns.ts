/** The width of a text on a terminal. */

/** East Asian wide characters and emoji, which take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** Colours, and characters that take no column of their own. */
const EMPTY = /\u001b\[[\d;]*m|[\p{Mn}\p{Me}\p{Cf}]/gu;

/** The columns that one line takes. */
export function columnsOf(line: string): number {
  let columns = 0;
  for (const character of line.replace(EMPTY, "")) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}
