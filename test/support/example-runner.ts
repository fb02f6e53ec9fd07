/**
 * Runs examples as a reader would, on the built packages: the programs in `examples/`, and the code in pages of
 * `docs/`. A program runs on the project's own Node.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { launch, type Running, tail } from "./processes.ts";
import { root } from "./programs.ts";

/** A package that an example may import. */
export type PackageName = "wormhole" | "mailbox-server" | "transit-relay";

/** Options of an example. */
export interface ExampleOptions {
  readonly args?: readonly string[];
  /** Its standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The example is killed after this many seconds. */
  readonly seconds?: number;
}

/** Starts a program of `examples/`, such as `dilation/chat`. */
export function startExample(name: string, { args = [], ...options }: ExampleOptions = {}): Running {
  needBuilt("wormhole", "mailbox-server");
  return launch([process.execPath, `examples/${name}.ts`, ...args], { ...options, cwd: root });
}

/** Runs a program of `examples/` to its end. Resolves with the lines of its standard output, rejects if it fails. */
export async function runExample(name: string, options: ExampleOptions = {}): Promise<string[]> {
  const ended = await startExample(name, options).ended;
  if (ended.code !== 0) throw new Error(`examples/${name}.ts has failed: ${tail(ended)}`);
  return ended.stdout.trim().split("\n");
}

/**
 * Starts the first TypeScript example of a page, such as `docs/tor.md`, in a new folder.
 *
 * @param change adapts the code to the test machine, for example by another address
 */
export function startPageExample(page: string, change: (code: string) => string = (code) => code): Running {
  const [code = ""] = examplesOf(page);
  return startInFolder(readerFolder("wormhole"), change(code));
}

/** Starts code as the program `example.ts` of a folder. */
export function startInFolder(folder: string, code: string, options: ExampleOptions = {}): Running {
  const { args = [], ...rest } = options;
  writeFileSync(join(folder, "example.ts"), code);
  return launch([process.execPath, "example.ts", ...args], { ...rest, cwd: folder });
}

/** The TypeScript examples of a page, in order. */
export function examplesOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);
}

/** A new folder in which a program can import the named packages. It is removed when the test has finished. */
export function readerFolder(...packages: readonly PackageName[]): string {
  needBuilt(...packages);
  const folder = mkdtempSync(join(tmpdir(), "example-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  for (const name of packages)
    symlinkSync(join(root, "packages", name), join(folder, "node_modules/@wormhole-ts", name));
  return folder;
}

function needBuilt(...packages: readonly PackageName[]): void {
  const missing = packages.filter((name) => !existsSync(join(root, "packages", name, "dist/index.js")));
  if (missing.length > 0)
    throw new Error(`Examples run on the built packages. Run \`npm run build\`: ${missing.join(", ")} is not built.`);
}
