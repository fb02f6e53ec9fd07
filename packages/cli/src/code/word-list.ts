/** The public list of words, and words that look like one of them. */
import { codeWordsAt } from "@wormhole-ts/wormhole";
import { editDistance, MOST_EDITS } from "../edit-distance.ts";

/** A word of the list that may be meant by another text. */
export interface LookAlike {
  readonly word: string;
  /** The positions at which programs draw the word: those of odd number, or of even number, counted from 0. */
  readonly parity: 0 | 1;
  /** How many letters differ: missing, additional, wrong, or exchanged with their neighbour. */
  readonly distance: number;
}

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
