/** What a person may have meant by a command line that is not understood, in sentences of this program. */
import { editDistance } from "./edit-distance.ts";

/** Facts that a suggestion depends on. */
export interface Surroundings {
  /** The names of the sub-commands. */
  readonly commands: readonly string[];
  /** Whether there is a file or folder at this path. */
  readonly exists: (path: string) => boolean;
}

/** The sentences of the argument parser, and those of this program in their place. */
const REWORDED: readonly (readonly [RegExp, string])[] = [
  [/^unknown option '(.+?)'\n?(?:\(Did you mean (.+)\?\))?$/s, "There is no option $1."],
  [/^option '(.+)' argument missing$/, "The option $1 needs a value."],
  [/^option '(.+?)' argument '(.*)' is invalid\. (.+)$/s, "The value '$2' of the option $1 is invalid. $3"],
  [/^missing required argument '(.+)'$/, "The argument <$1> is missing."],
  [/^option '(.+)' cannot be used with option '(.+)'$/, "The options $1 and $2 cannot be used together."],
  [
    /^too many arguments for '(.+)'\. Expected (\d+) arguments? but got (\d+).*$/s,
    "$1 takes $2 argument(s), and there are $3. If a name has blanks, put it in quotes.",
  ],
];

/** Rewords an error of the argument parser, which begins with `error:`. */
export function reworded(text: string): string {
  const [, bare = text] = /^error:\s*(.*?)\s*$/s.exec(text) ?? [];
  const proposal = /\(Did you mean (.+)\?\)/.exec(bare)?.[1];
  for (const [pattern, sentence] of REWORDED) {
    if (pattern.test(bare))
      return bare.replace(pattern, sentence) + (proposal === undefined ? "" : ` Did you mean ${proposal}?`);
  }
  const sentence = bare.charAt(0).toUpperCase() + bare.slice(1);
  // A full stop behind a command would be copied with it.
  return /[.?!]$|: wormhole .+$/.test(sentence) ? sentence : `${sentence}.`;
}

/** The sentences for a word that stands in the place of a sub-command and is not one. */
export function unknownCommand(word: string, { commands, exists }: Surroundings): string {
  const near = nearest(word, commands);
  if (near !== undefined) return `There is no command ${quote(word)}. Did you mean ${near}?`;
  if (/^(?:\d+-|wormhole-transfer:)\S/.test(word)) {
    return `${quote(word)} is a code, not a command. To receive with it, run: wormhole receive ${forShell(word)}`;
  }
  if (exists(word) || /[./\\]/.test(word)) {
    return `${quote(word)} is not a command. To send this file or folder, run: wormhole send ${forShell(word)}`;
  }
  return `There is no command ${quote(word)}.`;
}

/** The name with the fewest differences, if it can be a typing mistake. */
function nearest(word: string, names: readonly string[]): string | undefined {
  const ranked = names.map((name) => ({ name, edits: editDistance(word.toLowerCase(), name) }));
  const [best] = ranked.toSorted((a, b) => a.edits - b.edits);
  const isNear = best !== undefined && best.edits < Math.ceil(best.name.length / 2);
  return isNear ? best.name : undefined;
}

const quote = (word: string): string => `'${word}'`;

/** A word as a shell takes it. */
export const forShell = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
