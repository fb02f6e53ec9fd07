/** How far a word is from the one that a person may have meant. */

/** Most letters that may differ between a word and the one that was meant. */
export const MOST_EDITS = 2;

/**
 * Letters that differ: missing, additional, wrong, or exchanged with their neighbour. Infinite if they are more than
 * {@link MOST_EDITS}.
 */
export function editDistance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > MOST_EDITS) return Number.POSITIVE_INFINITY;
  // Three rows of the usual table: two letters back, one letter back, and the present one.
  let [older, old]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= from.length; row++) {
    const present = nextRow(from, to, row, older, old);
    if (Math.min(...present) > MOST_EDITS) return Number.POSITIVE_INFINITY;
    [older, old] = [old, present];
  }
  const distance = old[to.length] ?? 0;
  return distance > MOST_EDITS ? Number.POSITIVE_INFINITY : distance;
}

function nextRow(from: string, to: string, row: number, older: readonly number[], old: readonly number[]): number[] {
  const present = [row];
  for (let column = 1; column <= to.length; column++) {
    const isSame = from[row - 1] === to[column - 1];
    const isExchanged = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
    let best = Math.min(at(old, column) + 1, at(present, column - 1) + 1, at(old, column - 1) + (isSame ? 0 : 1));
    if (isExchanged) best = Math.min(best, at(older, column - 2) + 1);
    present.push(best);
  }
  return present;
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
