/** What a person may have meant by words that no program has drawn. */
import { codeWordsAt } from "@wormhole-ts/wormhole";
import { editDistance, MOST_EDITS } from "../edit-distance.ts";
import { editsIn, type LookAlike, lookAlikes } from "./word-list.ts";

/** Most proposals: a person who reads more of them is better off reading the code again. */
const MOST_PROPOSALS = 4;

/** Words that may be meant, and how far they are from those that were typed. */
interface Guess {
  readonly words: readonly string[];
  readonly edits: number;
}

/**
 * Returns the drawn words that may be meant, the likeliest ones only: with other letters, in another order, or cut at
 * other places. Returns nothing if no words are near, or too many.
 * @param words in lower case, at least one; not drawn
 */
export function respell(words: readonly string[]): readonly (readonly string[])[] {
  const guesses = [...reordered(words), ...cutAgain(words.join(""))];
  const least = Math.min(...guesses.map(({ edits }) => edits));
  const likeliest = guesses.filter(({ edits }) => edits === least).map((guess) => guess.words.join("-"));
  const different = [...new Set(likeliest)].map((joined) => joined.split("-"));
  return different.length <= MOST_PROPOSALS ? different : [];
}

/** The words that look like these, in the first order that fits the lists. */
function reordered(words: readonly string[]): readonly Guess[] {
  const alike = words.map(lookAlikes);
  const isExchanged = (order: readonly unknown[]) => order.some((choices, position) => choices !== alike[position]);
  for (const order of orders(alike)) {
    const found = combinations(order);
    if (found.length > 0)
      return found.map(({ words, edits }) => ({ words, edits: edits + (isExchanged(order) ? 1 : 0) }));
  }
  return [];
}

/** Whether most of these words come from the list, or look like words from it, so that the code was not made up. */
export function seemDrawn(words: readonly string[]): boolean {
  const listed = words.filter((word) => lookAlikes(word).some(({ distance }) => distance <= MOST_EDITS));
  return listed.length > 0 && listed.length * 2 >= words.length;
}

/** The given order, then those in which two neighbours are exchanged, then the reverse. */
function* orders<T>(items: readonly T[]): Generator<readonly T[]> {
  yield items;
  for (let index = 1; index < items.length; index++) {
    yield [...items.slice(0, index - 1), ...items.slice(index - 1, index + 1).reverse(), ...items.slice(index + 1)];
  }
  yield items.toReversed();
}

/** All ways to choose one look-alike for each position, from the list for that position. */
function combinations(alike: readonly (readonly LookAlike[])[]): Guess[] {
  return alike.reduce<Guess[]>(
    (chosen, choices, position) => {
      const fitting = choices.filter(({ parity }) => parity === position % 2);
      const longer = chosen.flatMap(({ words, edits }) =>
        fitting.map(({ word, distance }) => ({ words: [...words, word], edits: edits + distance })),
      );
      return longer.slice(0, MOST_PROPOSALS + 1);
    },
    [{ words: [], edits: 0 }],
  );
}

/** The best cuts of some letters into an even and into an odd number of words. All of them differ in as many letters. */
type Best = readonly [Guess[], Guess[]];

/**
 * Cuts letters without hyphens into drawn words, of which a few letters may differ. A hyphen that is missing, or that
 * stands in the wrong place, disappears on the way.
 */
function cutAgain(letters: string): readonly Guess[] {
  /** The best cuts of the first letters, by their number. */
  const best: Best[] = [[[{ words: [], edits: 0 }], []]];
  for (let end = 1; end <= letters.length; end++) {
    best[end] = [[], []];
    for (const parity of [0, 1] as const) {
      for (const word of codeWordsAt(parity)) appendWord(letters, end, word, parity, best);
    }
  }
  return best[letters.length]?.flat() ?? [];
}

/** Tries a word as the last one before `end`, and keeps the cuts that are as good as the best so far. */
function appendWord(letters: string, end: number, word: string, parity: 0 | 1, best: readonly Best[]): void {
  const kept = best[end]?.[parity === 0 ? 1 : 0];
  const spare = editsIn(word);
  for (let start = Math.max(0, end - word.length - spare); start <= end - word.length + spare; start++) {
    const before = best[start]?.[parity];
    if (kept === undefined || before === undefined || before.length === 0) continue;
    const distance = editDistance(letters.slice(start, end), word);
    for (const { words, edits } of before) keepBest(kept, { words: [...words, word], edits: edits + distance });
  }
}

function keepBest(kept: Guess[], guess: Guess): void {
  const least = kept[0]?.edits ?? MOST_EDITS;
  if (guess.edits > least) return;
  if (guess.edits < least) kept.length = 0;
  // One more than can be proposed shows that there are too many.
  if (kept.length <= MOST_PROPOSALS) kept.push(guess);
}
