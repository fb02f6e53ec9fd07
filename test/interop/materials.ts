/** Files and directories to send, and how to compare what has arrived. */
import { createHash, randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A file or directory to send. */
export interface Material {
  readonly title: string;
  readonly name: string;
  /** Makes it at a path. */
  make(path: string): void;
}

function write(path: string, bytes: number, mode = 0o644): void {
  writeFileSync(path, randomBytes(bytes));
  chmodSync(path, mode);
}

/** Its name needs quoting, and is not ASCII. */
export const awkwardFile: Material = {
  title: "a file with quotes, spaces and é in its name",
  name: `it's a "naïve" é.bin`,
  make: (path) => write(path, 300_000),
};

/** No record is sent for it. */
export const emptyFile: Material = { title: "an empty file", name: "empty.txt", make: (path) => write(path, 0) };

/** It takes many records. */
export const bigFile: Material = { title: "a file of 20 MB", name: "big.bin", make: (path) => write(path, 20_000_000) };

/** Names that POSIX systems allow, and that other programs take for something else. */
const ODD_NAMES = [
  "12:30.png",
  "aux.c",
  "dot.",
  "a\\b",
  "end\\",
  "Icon\r",
  "two\nlines",
  "café",
  "cafe\u0301",
  "\u202egpj",
  "C:x",
];

/** Files of several sizes in several folders, one of them executable, and with names of all kinds. */
export const tree: Material = {
  title: "a directory with a program and odd names in it",
  name: "a tree",
  make(path) {
    mkdirSync(join(path, "naïve", "deep"), { recursive: true });
    for (let i = 0; i < 20; i++) write(join(path, "naïve", `ï ${i}.txt`), i * 500);
    write(join(path, "naïve", "deep", "plain"), 70_000);
    write(join(path, "run.sh"), 10, 0o755);
    mkdirSync(join(path, "odd"));
    for (const name of ODD_NAMES) write(join(path, "odd", name), 10);
  },
};

/** The peers treat its empty folder in different ways. */
export const hollowTree: Material = {
  title: "a directory with an empty one in it",
  name: "hollow",
  make(path) {
    mkdirSync(join(path, "sub", "empty"), { recursive: true });
    write(join(path, "sub", "file"), 1);
  },
};

/** Its archive has no entries. */
export const emptyDirectory: Material = {
  title: "an empty directory",
  name: "nothing in it",
  make: (path) => mkdirSync(path),
};

/**
 * The content of a folder by path. Directories end in `/`; files have their SHA-256 and whether they are executable.
 */
export type Listing = Readonly<Record<string, string>>;

/** Describes the content of a folder. */
export function listing(folder: string): Listing {
  const entries = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(entries.map((name) => describeEntry(folder, name)));
}

function describeEntry(folder: string, name: string): [string, string] {
  const path = join(folder, name);
  const stats = statSync(path);
  if (stats.isDirectory()) return [`${name}/`, "directory"];
  const hash = createHash("sha256").update(readFileSync(path)).digest("hex");
  return [name, stats.mode & 0o100 ? `${hash} executable` : hash];
}
