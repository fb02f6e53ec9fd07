/** Recorded facts of the protocol, for tests: the files in `test/vectors`. */
import { readFileSync } from "node:fs";

/** Reads a file of test vectors: results that the existing programs gave. Each test says which shape it expects. */
export function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../test/vectors/${name}.json`, import.meta.url), "utf8")) as T;
}
