/** The public list of words, and words that look like one of them. */
import { codeWordsAt } from "@wormhole-ts/wormhole";

/** A word of the list that may be meant by another text. */
export interface LookAlike {
  readonly word: string;
  /** The positions at which programs draw the word: those of odd number, or of even number, counted from 0. */
  readonly parity: 0 | 1;
  /** How many letters differ: missing, additional, wrong, or exchanged with their neighbour. */
  readonly distance: number;
}

/** Most letters that may differ between a word and the one that was meant. */
export const MOST_EDITS = 2;
/** Letters of the shortest word of the list in which two letters may differ. Short words look like too many others. */
const LONG_WORD = 6;
/** Letters of the shortest beginning of a word that stands for the word. */
const SHORTEST_BEGINNING = 3;

/** Whether these are words that a program can have drawn: each is in the list for its position. */
export function areDrawn(words: readonly string[]): boolean {
  return words.length > 0 && words.every((word, position) => codeWordsAt(position).includes(word));
}

/**
 * Returns the words of the list that `text`, in lower case, may stand for: the word itself, or else the nearest words,
 * or else the words that begin with it. Returns nothing if no word is like it.
 */
export function lookAlikes(text: string): readonly LookAlike[] {
  const all = [...comparedWith(text, 0), ...comparedWith(text, 1)];
  const least = Math.min(...all.map(({ distance }) => distance));
  return all.filter(({ distance }) => distance === least);
}

function comparedWith(text: string, parity: 0 | 1): LookAlike[] {
  return codeWordsAt(parity).flatMap((word) => {
    const distance = editDistance(text, word);
    if (distance <= editsIn(word)) return [{ word, parity, distance }];
    const isBeginning = text.length >= SHORTEST_BEGINNING && word.startsWith(text);
    return isBeginning ? [{ word, parity, distance: MOST_EDITS + 1 }] : [];
  });
}

/** Most letters that may differ from a word of the list. */
export function editsIn(word: string): number {
  return word.length >= LONG_WORD ? MOST_EDITS : 1;
}

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
