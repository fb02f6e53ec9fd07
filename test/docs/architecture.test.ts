/** docs/architecture.md against the code: its picture, its floors, its recipes and its vocabulary. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/programs.ts";
import { circles, edges, roomEdges } from "./imports.ts";

const page = readFileSync(new URL("../../docs/architecture.md", import.meta.url), "utf8");

it("the picture of the house shows what leans on what, no more and no less", () => {
  const drawn = [...page.matchAll(/^ +(\S+) --> (\S+)$/gm)].map(([, from, to]) => `${from} --> ${to}`);
  expect(drawn.sort(), "the arrows in docs/architecture.md, against the imports").toEqual(edges());
});

it("every part has a name in the picture", () => {
  const parts = new Set(edges().flatMap((edge) => edge.split(" --> ")));
  expect([...parts].filter((part) => !page.includes(`${part}["`))).toEqual([]);
});

it("no lower floor leans on a higher one", () => {
  const floors = [
    ...["cli", "face", "testing", "transfer", "wormhole", "dilation", "transit", "session", "tor"],
    ...["platform", "net", "crypto", "errors", "version", "base"],
  ];
  const upward = edges().filter((edge) => {
    const [from, to] = edge.split(" --> ").map((part) => floors.indexOf(part));
    return from !== undefined && to !== undefined && from >= 0 && to >= 0 && from > to;
  });
  expect(upward).toEqual([]);
});

it("no file is part of a circle of imports, but the machines of a session, which address each other", () => {
  const others = circles().filter(
    (circle) => !circle.every((file) => file.startsWith("wormhole/src/session/machines/")),
  );
  expect(others).toEqual([]);
});

it("rooms of one folder do not lean on each other in both directions", () => {
  const both = roomEdges().filter((edge) => roomEdges().includes(edge.split(" --> ").reverse().join(" --> ")));
  expect(both).toEqual([]);
});

it("every file and folder that the page names exists", () => {
  const text = page.slice(page.indexOf("## What is where"));
  const names = [...text.matchAll(/`(\w[\w./-]*\/|\w[\w./-]*\.ts)`/g)].map(([, name = ""]) => name);
  const folders = ["", "test/", "packages/wormhole/src/", "packages/wormhole/test/transit/", ...rowFolders(text)];
  expect(names.length).toBeGreaterThan(60);
  expect(names.filter((name) => !folders.some((folder) => existsSync(join(root, folder, name))))).toEqual([]);
});

/** The folders that the rows of the first table are about: a file in its last column is in one of them. */
function rowFolders(text: string): string[] {
  return [...text.matchAll(/`([\w./-]+\/)`/g)].flatMap(([, name = ""]) => [name, `packages/wormhole/src/${name}`]);
}

/** Names that several files export on purpose: each machine's own, one driver for each runtime, and calls of the API. */
const SHARED_NAMES = ["Event", "State", "shape", "openWebSocket", "platform", "receive", "send"];

it("one exported name means one thing in the whole library", () => {
  const files = globSync("packages/wormhole/src/**/*.ts", { cwd: root });
  const names = files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const found = text.matchAll(/^export (?:abstract )?(?:class|interface|type|function|const|async function) (\w+)/gm);
    return [...new Set([...found].map(([, name = ""]) => name))];
  });
  const twice = names.filter((name, index) => names.indexOf(name) !== index && !SHARED_NAMES.includes(name));
  expect(twice).toEqual([]);
});
