/** Other names for something whose own name is taken. */
import { type NamePlatform, numberName } from "./name-rules.ts";

/** Names that are tried, the wanted one included. */
const MOST_NAMES = 1000;

/** Yields a name, and then the same name with numbers before its extension: `a.txt`, `a (1).txt`, `a (2).txt`…. */
export function* numberedNames(wanted: string, platform: NamePlatform): Generator<string, void, void> {
  yield wanted;
  for (let number = 1; number < MOST_NAMES; number++) yield numberName(wanted, number, platform);
}
