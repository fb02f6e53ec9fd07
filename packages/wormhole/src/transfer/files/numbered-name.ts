/** Other names for something whose own name is taken. */
import { bytesOfName } from "./name-bytes.ts";

/** Names that are tried, the wanted one included. */
const MOST_NAMES = 1000;
/** The longest name that common file systems accept. */
const MOST_BYTES = 255;

/** Yields a name, and then the same name with numbers before its extension: `a.txt`, `a (1).txt`, `a (2).txt`…. */
export function* numberedNames(wanted: string): Generator<string, void, void> {
  yield wanted;
  const { stem, extension } = splitExtension(wanted);
  for (let number = 1; number < MOST_NAMES; number++) yield shortened(stem, ` (${number})${extension}`);
}

/** Splits off an extension such as `.txt` or `.tar.gz`. A dot at the start is part of the name. */
function splitExtension(name: string): { stem: string; extension: string } {
  const extension = /(?<=[^.])(?:\.tar)?\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? "";
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** Cuts whole characters off the stem until the name is short enough. */
function shortened(stem: string, ending: string): string {
  const characters = [...stem];
  while (bytesOfName(characters.join("") + ending).length > MOST_BYTES) characters.pop();
  return characters.join("") + ending;
}
