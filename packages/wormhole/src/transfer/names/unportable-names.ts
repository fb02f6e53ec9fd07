/** Names that this system keeps, and that macOS or Windows cannot keep. The receiver may run there. */
import { foldName, keepName } from "./name-rules.ts";

/** Paths that a notice names. More are only counted. */
const MAX_NAMED = 20;

/** A name that every system keeps. Most names are of this kind, and need no further look. */
const PLAIN = /^\w(?:[\w. -]{0,98}[\w-])?$/;
/** How the names of Windows devices begin. */
const PERHAPS_DEVICE = /^(?:con|prn|aux|nul|com|lpt|clock)/i;

const isPlain = (name: string): boolean => PLAIN.test(name) && !PERHAPS_DEVICE.test(name);

const isKept = (name: string): boolean =>
  isPlain(name) || (keepName(name, "windows").reason === undefined && keepName(name, "darwin").reason === undefined);

/** Collects names that a receiver on macOS or Windows has to change. */
export class UnportableNames {
  /** All that were found. */
  count = 0;
  /** The paths of the first ones. */
  readonly paths: string[] = [];

  /** Adds a name, if it is one of them. */
  add(path: string, name: string): void {
    if (!isKept(name)) this.#add(path);
  }

  /** Adds those names of one folder. Names that differ only in upper and lower case are one name there. */
  addFolder(prefix: string, names: readonly string[]): void {
    const folded = new Set<string>();
    for (const name of names) {
      const before = folded.size;
      folded.add(isPlain(name) ? name.toLowerCase() : foldName(name, "windows"));
      if (folded.size === before || !isKept(name)) this.#add(prefix + name);
    }
  }

  #add(path: string): void {
    this.count += 1;
    if (this.paths.length < MAX_NAMED) this.paths.push(path);
  }
}
