/** Portable code and Node's code: the names of the files say which is which, and the imports agree. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** Only Node and runtimes like it can run a file with such a name. */
const NODE_FILE = /(?:^|[./])node\.ts$/;
/** Packages that need Node's modules. Other packages run everywhere. */
const NODE_PACKAGES = ["koffi", "sodium-native", "ws"];

interface Import {
  readonly file: string;
  readonly from: string;
  /** `import("…")`, which loads a module only when it runs. */
  readonly isDynamic: boolean;
}

/** Every import and re-export that is left when the types are gone. */
function imports(file: string): Import[] {
  const text = readFileSync(`${src}${file}`, "utf8");
  const fixed = text.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = text.matchAll(/\bimport\("([^"]+)"\)/g);
  return [
    ...[...fixed].map(([, from = ""]) => ({ file, from, isDynamic: false })),
    ...[...dynamic].map(([, from = ""]) => ({ file, from, isDynamic: true })),
  ];
}

const all = files.flatMap(imports);
const portable = all.filter(({ file }) => !NODE_FILE.test(file));
const shown = ({ file, from }: Import) => `${file} imports ${from}`;

describe("a file whose name does not end in node.ts", () => {
  it("imports no module of Node and no package that needs one", () => {
    const needsNode = ({ from }: Import) => from.startsWith("node:") || NODE_PACKAGES.includes(from);
    expect(portable.filter(needsNode).map(shown)).toEqual([]);
  });

  it("loads no file of Node when it is loaded itself", () => {
    const loads = ({ from, isDynamic }: Import) => !isDynamic && NODE_FILE.test(from);
    expect(portable.filter(loads).map(shown)).toEqual([]);
  });
});

it("every package that is imported is known to be portable, or to need Node", () => {
  const packages = all.map(({ from }) => from).filter((from) => !/^(?:[.#]|node:)/.test(from));
  const unknown = packages.filter((from) => !from.startsWith("@noble/") && !NODE_PACKAGES.includes(from));
  expect(unknown).toEqual([]);
});

it("the search for imports finds what it should: Node's files import Node's modules", () => {
  const found = new Set(all.filter(({ file }) => NODE_FILE.test(file)).map(({ from }) => from));
  for (const name of ["node:fs/promises", "node:net", ...NODE_PACKAGES]) expect(found).toContain(name);
});
