/** The built library as a page loads it: bundled, minified, small, and with errors that keep their names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { describe, expect, it, onTestFinished } from "vitest";

/** Kilobytes, minified and gzipped: what a page loads for a wormhole. The code for dilation is loaded on its first use. */
const BUDGET = 60;

const ENTRY = "packages/wormhole/dist/index.js";

/** The bundle that a page loads at first, and what it may load later. */
async function bundle(format: "esm" | "iife" = "esm"): Promise<{ first: string; later: string }> {
  const build = await rolldown({ input: ENTRY, platform: "browser", logLevel: "silent" });
  const codeSplitting = format === "iife" ? { codeSplitting: false } : {};
  const { output } = await build.generate({ format, name: "library", minify: true, ...codeSplitting });
  const chunks = output.flatMap((part) => (part.type === "chunk" ? [part] : []));
  const names = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  // Names that are added to a set while it is iterated are visited as well.
  for (const name of names) {
    for (const other of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) names.add(other);
  }
  const code = (isFirst: boolean) =>
    chunks.filter(({ fileName }) => names.has(fileName) === isFirst).map(({ code }) => code).join(""); // biome-ignore format: one sentence
  return { first: code(true), later: code(false) };
}

const kilobytes = (code: string) => gzipSync(code, { level: 9 }).length / 1000;

type Library = Record<string, unknown>;

/** Evaluates the bundle in a realm of its own, as an iframe does. */
async function inAnotherRealm(): Promise<Library> {
  const { first } = await bundle("iife");
  const { crypto, performance, TextEncoder, TextDecoder, setTimeout, clearTimeout, URL } = globalThis;
  const { AbortController, AbortSignal, EventTarget, Event } = globalThis;
  const globals = { crypto, performance, TextEncoder, TextDecoder, setTimeout, clearTimeout, URL };
  const context = createContext({ ...globals, AbortController, AbortSignal, EventTarget, Event });
  return runInContext(`${first}; library`, context);
}

/** Imports the bundle as a module of its own, as an application does that has the package twice. */
async function secondCopy(): Promise<Library> {
  const { first, later } = await bundle("iife");
  expect(later).toBe("");
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "library.mjs");
  writeFileSync(file, `${first}\nexport default library;\n`);
  const { default: library }: { default: Library } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return library;
}

/** One error of every class that the library exports, by the name under which it is exported. */
function everyError(library: Library): [string, Error][] {
  return Object.entries(library).flatMap(([name, value]): [string, Error][] =>
    /^[A-Z]\w*Error$/.test(name) && typeof value === "function" && value.prototype !== undefined
      ? [[name, Reflect.construct(value, ["lonely", "first", "second", "third"])]]
      : [],
  );
}

describe("the library in a browser", () => {
  it("is bundled without anything of Node, within its budget", async () => {
    const { first, later } = await bundle();
    const [now, then] = [first, later].map(kilobytes);
    console.log(`library for a browser: ${now?.toFixed(1)} kB of ${BUDGET} kB, and ${then?.toFixed(1)} kB to dilate`);
    expect(first + later).not.toMatch(/["'](?:node:|ws["'])/);
    expect(first).toContain("pake_v1");
    expect(later).toContain("Dilation Handshake");
    expect(now).toBeLessThan(BUDGET);
  });

  it("has errors with the names under which they are exported, although it is minified", async () => {
    const errors = everyError(await secondCopy());
    expect(errors.map(([, error]) => error.name)).toEqual(errors.map(([name]) => name));
    expect(errors.length).toBeGreaterThan(18);
  });
});

describe("isWormholeError", () => {
  it("recognises every error of a second copy of the package", async () => {
    const [first, second]: Library[] = [await import("@wormhole-ts/wormhole"), await secondCopy()];
    for (const [name, error] of everyError(second ?? {})) {
      expect(error, name).not.toBeInstanceOf(first?.WormholeError);
      expect(recognised(first, error), name).toBe(true);
    }
  });

  it("recognises every error of another realm", async () => {
    const [first, other]: Library[] = [await import("@wormhole-ts/wormhole"), await inAnotherRealm()];
    for (const [name, error] of everyError(other ?? {})) {
      expect(Object.getPrototypeOf(error) instanceof Error, name).toBe(false);
      expect(recognised(first, error), name).toBe(true);
    }
  });

  it("recognises nothing else", async () => {
    const library: Library = await import("@wormhole-ts/wormhole");
    for (const value of [new Error("no"), { code: "lonely", name: "LonelyError" }, null, undefined, "lonely"]) {
      expect(recognised(library, value)).toBe(false);
    }
  });
});

function recognised(library: Library | undefined, value: unknown): boolean {
  const { isWormholeError } = library ?? {};
  return typeof isWormholeError === "function" && isWormholeError(value);
}
