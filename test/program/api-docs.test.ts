/** The pages made from the declarations of the built packages: docs/api.md and the API reports. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { apiPage, ENTRY_POINTS, homeless, publicNames } from "../../scripts/api-docs.ts";
import { namesNotExported, reports } from "../../scripts/api-report.ts";
import { wordless } from "../../scripts/declarations.ts";
import { root } from "../support/programs.ts";

describe("docs/api.md", () => {
  it("is what `npm run docs` makes of the sources", () => {
    expect(readFileSync("docs/api.md", "utf8")).toBe(apiPage());
  });

  it("explains every public name", () => {
    const silent = publicNames().filter(({ doc }) => doc === "");
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  it("has words for every member of every interface and class", () => {
    // A class that implements an interface has the words of the interface.
    const withMembers = publicNames().filter(({ declaration }) =>
      /^(?:interface|class (?!.*\bimplements\b))/.test(declaration),
    );
    const silent = withMembers.flatMap(({ name, declaration }) =>
      wordless(declaration).map((member) => `${name}.${member}`),
    );
    expect(silent.filter((member) => !/\.(?:name|\[\w+)$/.test(member))).toEqual([]);
    expect(withMembers.length).toBeGreaterThan(50);
  });

  it("has whole declarations, also where a comment contains a semicolon", () => {
    const event = publicNames().find(({ name }) => name === "TransferEvent");
    for (const type of ["welcome", "verifier", "offer", "connected", "progress", "stalled", "finishing", "done"])
      expect(event?.declaration).toContain(`"${type}"`);
  });

  it("has every public name in the chapter of a task", () => {
    expect(homeless(), "add it to CHAPTERS in scripts/api-docs.ts").toEqual([]);
  });

  it("has an example of every function and class with which a task begins", () => {
    const names = publicNames();
    const bare = ENTRY_POINTS.filter((entry) => !names.find(({ name }) => name === entry)?.examples.length);
    expect(bare, "add an @example to the docstring").toEqual([]);
  });

  it("has only examples that compile", async () => {
    expect(await compiled(examplePrograms())).toBe("");
  }, 60_000);
});

describe.each(reports())("$path", ({ path, text, unexported }) => {
  it("is what `npm run docs` makes of the sources", () => {
    expect(readFileSync(join(root, path), "utf8")).toBe(text);
  });

  it("has no signature that names a type which is not exported", () => {
    expect(unexported).toEqual([]);
  });
});

it("a signature with a type that is not exported is noticed", () => {
  const names = [
    { name: "make", mentions: ["Made", "Hidden"] },
    { name: "Made", mentions: [] },
  ];
  expect(namesNotExported(names)).toEqual(["make names Hidden, which is not exported"]);
});

/** What an example may use without declaring it. */
const GIVEN: Readonly<Record<string, string>> = {
  wormhole: "declare const wormhole: lib.Wormhole & lib.DelegatedWormhole;",
  dilated: "declare const dilated: lib.Dilated;",
  pipe: "declare const pipe: lib.RecordPipe;",
  delegate: "declare const delegate: lib.WormholeDelegate;",
  journal: "declare const journal: lib.Journal;",
  state: "declare const state: lib.SerializedWormhole;",
  server: 'declare const server: import("@wormhole-ts/wormhole/testing").MemoryMailboxServer;',
  key: "declare const key: Uint8Array;",
  code: "declare const code: string;",
  appId: "declare const appId: string;",
  relayUrl: "declare const relayUrl: string;",
  options: "declare const options: lib.WormholeOptions;",
  memory: "declare const memory: lib.JsonValue;",
  store: "declare const store: { write(state: unknown): Promise<void> };",
  file: "declare const file: { write(piece: Uint8Array): Promise<unknown> };",
  encode: "declare function encode(value: unknown): Uint8Array;",
  decode: "declare function decode(message: Uint8Array): lib.JsonObject[];",
  readFile: 'import { readFile } from "node:fs/promises";',
  writeFile: 'import { writeFile } from "node:fs/promises";',
};

/** Each example as a program: with imports of the public names that it uses, and with what it is given. */
function examplePrograms(): Map<string, string> {
  const names = publicNames();
  const programs = names.flatMap(({ name, examples }) =>
    examples.map((code, index): [string, string] => {
      const uses = (word: string) => new RegExp(`(?<![.\\w"'])${word}\\b(?!:)`).test(code);
      const declares = (word: string) =>
        new RegExp(`\\b(?:const|let|using|function|class) (?:[{[][^=]*)?${word}\\b|import [^;]*\\b${word}\\b`).test(
          code,
        );
      const used = names.filter((one) => uses(one.name) && !declares(one.name));
      const specifiers = new Map(used.toReversed().map((one) => [one.name, one.specifier])); // the first entry counts
      const imports = [...specifiers].map(([one, specifier]) => `import { ${one} } from "${specifier}";`);
      const given = Object.entries(GIVEN).flatMap(([word, line]) => (uses(word) && !declares(word) ? line : []));
      const head = [...imports, 'import type * as lib from "@wormhole-ts/wormhole";', ...given];
      return [`${name}-${index + 1}`, `${head.join("\n")}\n${code}\nexport type { lib };\n`];
    }),
  );
  return new Map(programs);
}

/** What the compiler has to say about these programs. */
async function compiled(programs: ReadonlyMap<string, string>): Promise<string> {
  mkdirSync(join(root, "node_modules/.cache"), { recursive: true });
  const folder = mkdtempSync(join(root, "node_modules/.cache/examples-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, code] of programs) writeFileSync(join(folder, `${name}.ts`), code);
  const compilerOptions = { noEmit: true, composite: false, verbatimModuleSyntax: false, noUnusedLocals: false };
  const config = { extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const failed = (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) });
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch(failed);
  return stdout;
}
