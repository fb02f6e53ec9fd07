/** Folders with members that cannot be sent, with links, and with names that are not UTF-8. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { UnsendableFileError } from "../../../src/errors.ts";
import type { Notice } from "../../../src/transfer/api.ts";
import type { Skipped } from "../../../src/transfer/reading/offenders.ts";
import { MAX_REPEATS, Repeats } from "../../../src/transfer/reading/repeats.ts";
import { type OpenOptions, openSource } from "../../../src/transfer/source.node.ts";
import { unpack } from "../../../src/transfer/zip/unpack.node.ts";
import { gather, sandbox } from "../sandbox.ts";

const OURS = { "wormhole-ts": { role: "receiver" } };

/** Creates a folder: texts are files, null is a folder, and `{ to }` is a link. */
function tree(entries: Record<string, string | null | { to: string }>, name = "tree"): string {
  const root = join(sandbox(), name);
  mkdirSync(root);
  for (const [path, entry] of Object.entries(entries)) {
    const location = join(root, path);
    mkdirSync(entry === null ? location : join(location, ".."), { recursive: true });
    if (typeof entry === "string") writeFileSync(location, entry);
    else if (entry !== null) symlinkSync(entry.to, location);
  }
  return root;
}

/** Opens a source, and collects what it reports. */
async function open(path: string | URL, options: OpenOptions = {}) {
  const skipped: Skipped[] = [];
  const notices: Notice[] = [];
  const report = (event: { type: string }) => {
    if (event.type === "skipped") skipped.push(event as unknown as Skipped);
    else notices.push(event as unknown as Notice);
  };
  const source = await openSource(path, { ...options, report });
  onTestFinished(() => source.close());
  return { ...source.offerTo({}), forOurs: source.offerTo(OURS), skipped, notices };
}

/** The error with which a path is refused. */
async function refusal(path: string | URL, options: OpenOptions = {}): Promise<UnsendableFileError> {
  const error = await openSource(path, options).catch((reason: unknown) => reason);
  if (error instanceof UnsendableFileError) return error;
  throw new Error(`not refused: ${String(error)}`);
}

/** The entries of an archive, as Python lists them: name and permissions. */
async function entries({ pieces }: { pieces: () => AsyncIterable<Uint8Array> }): Promise<Record<string, string>> {
  const archive = join(sandbox(), "archive.zip");
  writeFileSync(archive, await gather(pieces()));
  const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert not z.testzip()
    print(json.dumps({i.filename: oct(i.external_attr >> 16) for i in z.infolist()}))
`;
  return JSON.parse(execFileSync("python3", ["-c", script, archive]).toString());
}

describe("an error about a folder", () => {
  // proves: transfer/all-unsendable
  it("names every member that cannot be sent, with the folder in front, and the options that help", async () => {
    const root = tree({ good: "x", "bin/python": { to: "/etc/passwd" }, "bin/python3": { to: "python" }, ".#notes": { to: "me@host.123" } }); // biome-ignore format: a table
    execFileSync("mkfifo", [join(root, "pipe")]);
    const error = await refusal(root);
    expect(error.message.split("\n")).toEqual([
      "4 members of 'tree' cannot be sent:",
      "  'tree/.#notes': it is a link to 'me@host.123', which does not exist",
      "  'tree/pipe': it is a named pipe",
      "  'tree/bin/python': it is a link that leads outside the folder, to '/etc/passwd'",
      "  'tree/bin/python3': it is a link that leads outside the folder, to '/etc/passwd'",
      expect.stringMatching(/^The option `ignoreUnsendable` leaves them out.*`followLinks` sends what links lead to/),
    ]);
    expect(error.path).toBe("tree/.#notes");
    expect(error.paths).toEqual(["tree/.#notes", "tree/pipe", "tree/bin/python", "tree/bin/python3"]);
    expect(error.remedies).toEqual(["ignoreUnsendable", "followLinks"]);
  });

  it.each([
    ["each other", { a: { to: "b" }, b: { to: "a" } }, "'b'"],
    ["themselves", { a: { to: "a" } }, "'a'"],
  ])("says of links that lead to %s that they lead back", async (_, members, target) => {
    const error = await refusal(tree(members));
    expect(error.message).toContain(`it is a link to ${target}, which leads back to the link`);
  });

  it("is one sentence for one member, and names only what helps", async () => {
    const error = await refusal(tree({ dangling: { to: "nowhere" } }));
    expect(error.message).toBe(
      "'tree/dangling' cannot be sent: it is a link to 'nowhere', which does not exist. The option `ignoreUnsendable` leaves it out.",
    );
    expect(error.remedies).toEqual(["ignoreUnsendable"]);
  });

  it("names twenty members, and counts the others", async () => {
    const root = tree(Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`link-${i + 10}`, { to: "nowhere" }])));
    const error = await refusal(root);
    expect(error.paths).toHaveLength(25);
    expect(error.message).toMatch(/^25 members/);
    expect(error.message).toContain("'tree/link-29'");
    expect(error.message).not.toContain("'tree/link-30'");
    expect(error.message).toContain("  and 5 more\n");
  });

  it("shows the end of a long path, and no control characters", async () => {
    const name = `${"x".repeat(240)}\x1b[2J`;
    const error = await refusal(tree({ [`${"d".repeat(200)}/${name}`]: { to: "nowhere" } }));
    expect(error.message).toContain("xxx\\x1b[2J'");
  });

  it("comes before anything is left open", async () => {
    const handles = () => readFileSync("/proc/self/stat").length && openFiles();
    const before = handles();
    for (let i = 0; i < 20; i++) await refusal(tree({ dangling: { to: "nowhere" } }));
    expect(handles()).toBe(before);
  });
});

/** The next descriptor that the system gives: it grows if one is left open. */
function openFiles(): number {
  const file = openSync("/dev/null", "r");
  closeSync(file);
  return file;
}

describe("links in a folder", () => {
  it("to targets outside are followed with followLinks", async () => {
    const outside = tree({ secret: "from outside", "deep/er": "deep" }, "outside");
    const root = tree({ own: "x", file: { to: join(outside, "secret") }, folder: { to: outside } });
    const { pieces, skipped } = await open(root, { followLinks: true });
    expect(Object.keys(await entries({ pieces })).sort()).toEqual(["file", "folder/deep/er", "folder/secret", "own"]);
    expect(skipped).toEqual([]);
  });

  it("to folders above are left out with followLinks, because they have no end", async () => {
    const root = tree({ own: "x", up: { to: ".." }, here: { to: "." } });
    const { pieces, skipped } = await open(root, { followLinks: true });
    expect(Object.keys(await entries({ pieces })).sort()).toEqual(["own", "up/"]);
    expect(skipped.map(({ path }) => path).sort()).toEqual(["tree/here", "tree/up/tree"]);
  });

  it.each<[string, Parameters<typeof tree>[0], number, number]>([
    ["a link to a file", { a: "12345", link: { to: "a" } }, 1, 5],
    ["two links to a file", { a: "12345", one: { to: "a" }, two: { to: "a" } }, 2, 10],
    ["a link to a folder", { "d/a": "123", "d/b": "4", link: { to: "d" } }, 2, 4],
    ["a link that comes before its folder", { "z/a": "123", a: { to: "z" } }, 1, 3],
    ["links to each other", { "p/f": "1", "q/f": "1", "p/q": { to: "../q" }, "q/p": { to: "../p" } }, 2, 2],
    ["a link to a link", { a: "12", b: { to: "a" }, c: { to: "b" } }, 2, 4],
  ])("that make it larger are noticed: %s", async (_, entry, files, bytes) => {
    expect((await open(tree(entry))).notices).toEqual([{ type: "notice", notice: "repeated", files, bytes }]);
  });

  it("that are two names of one file make it larger, too", async () => {
    const root = tree({ a: "12345" });
    linkSync(join(root, "a"), join(root, "b"));
    linkSync(join(root, "a"), join(root, "..", "elsewhere"));
    expect((await open(root)).notices).toEqual([{ type: "notice", notice: "repeated", files: 1, bytes: 5 }]);
  });

  it("that lead twice to one file outside make it larger", async () => {
    const outside = tree({ secret: "12345" }, "outside");
    const to = join(outside, "secret");
    const { notices } = await open(tree({ one: { to }, two: { to } }), { followLinks: true });
    expect(notices).toEqual([{ type: "notice", notice: "repeated", files: 1, bytes: 5 }]);
  });

  it("are no news if they make nothing larger", async () => {
    const root = tree({ "d/a": "x", "d/up": { to: ".." } });
    linkSync(join(root, "d/a"), join(root, "..", "elsewhere"));
    expect((await open(root)).notices).toEqual([]);
  });

  // proves: transfer/bounded-links
  it("that make it endless are refused in bounded time and memory", async () => {
    const root = tree({});
    for (let i = 0; i < 10; i++) {
      mkdirSync(join(root, `p${i}`, "node_modules"), { recursive: true });
      writeFileSync(join(root, `p${i}`, "index.js"), "x".repeat(64));
      for (let j = 0; j < 10; j++)
        if (i !== j) symlinkSync(`../../p${j}`, join(root, `p${i}`, "node_modules", `p${j}`));
    }
    const error = await refusal(root);
    expect(error.message).toMatch(/links in it lead to the same files again and again, more than 100000 times/);
  }, 60_000);

  it("may be hard links in any number", () => {
    const repeats = new Repeats();
    for (let i = 0; i < MAX_REPEATS + 2; i++) repeats.addFile({ dev: 1, ino: 1, nlink: 2, size: 1 }, "directly");
    expect(repeats.isEndless).toBe(false);
    expect(repeats.files).toBe(MAX_REPEATS + 1);
  });
});

describe("a path that no system can store", () => {
  it("is named by the error, and left out with ignoreUnsendable", async () => {
    const root = tree({ good: "x" });
    // Made by steps, because the whole path is longer than a system call takes.
    const script = `
import os, sys
os.chdir(sys.argv[1])
for i in range(20):
    os.mkdir("d" * 250); os.chdir("d" * 250)
open("deep", "w").write("x")
`;
    execFileSync("python3", ["-c", script, root]);
    onTestFinished(() => void execFileSync("rm", ["-rf", root]));
    const error = await refusal(root);
    expect(error.message).toMatch(/its path is longer than 4095 bytes/);
    const { pieces, skipped } = await open(root, { ignoreUnsendable: true });
    expect(skipped).toHaveLength(1);
    expect(Object.keys(await entries({ pieces }))).toContain("good");
  });

  it("is another one than a deep path, which is sent", async () => {
    const deep = `${"d/".repeat(200)}file`;
    const { pieces } = await open(tree({ [deep]: "x" }));
    expect(Object.keys(await entries({ pieces }))).toEqual([deep]);
  });
});

const NOT_UTF8 = Buffer.from("Gro\xdf.txt", "latin1");

describe.runIf(process.platform === "linux")("a name that is not UTF-8", () => {
  /** Creates `folder/Gro\xdf.txt`, or a folder of that name with a file in it. */
  function create(kind: "file" | "folder", folder = sandbox()): { folder: string; path: string } {
    const at = Buffer.concat([Buffer.from(`${folder}/`), NOT_UTF8]);
    if (kind === "file") writeFileSync(at, "hello");
    else {
      mkdirSync(at);
      writeFileSync(Buffer.concat([at, Buffer.from("/inner")]), "hello");
    }
    return { folder, path: `${folder}/Gro\udcdf.txt` };
  }

  it.each([
    ["as an escaped string", (folder: string) => `${folder}/Gro\udcdf.txt`],
    ["as Node gives the arguments of a program", (folder: string) => `${folder}/Gro\ufffd.txt`],
    ["with a slash", (folder: string) => `${folder}/Gro\ufffd.txt/`],
  ])("is offered with its bytes if a folder is given %s", async (_, path) => {
    const { folder } = create("folder");
    const { offer, pieces } = await open(path(folder));
    expect(offer).toMatchObject({ kind: "directory", dirname: "Gro\udcdf.txt" });
    expect(Object.keys(await entries({ pieces }))).toEqual(["inner"]);
  });

  it.each(["Gro\udcdf.txt", "Gro\ufffd.txt"])("is offered with its bytes if a file is given as %j", async (name) => {
    const { folder } = create("file");
    const { offer, pieces } = await open(join(folder, name));
    expect(offer).toEqual({ kind: "file", filename: "Gro\udcdf.txt", filesize: 5 });
    expect(Buffer.from(await gather(pieces())).toString()).toBe("hello");
  });

  it("is found in the middle of a path", async () => {
    const { folder } = create("folder");
    expect((await open(`${folder}/Gro\ufffd.txt/inner`)).offer).toMatchObject({ filename: "inner", filesize: 5 });
  });

  it("is refused if it stands for several files", async () => {
    const { folder } = create("file");
    writeFileSync(Buffer.from(`${folder}/Gro\xe0.txt`, "latin1"), "x");
    expect((await refusal(join(folder, "Gro\ufffd.txt"))).message).toMatch(/stands for several files/);
  });

  it("is no news if the name really has the replacement character", async () => {
    const path = join(sandbox(), "Gro\ufffd.txt");
    writeFileSync(path, "x");
    expect((await open(path)).offer).toMatchObject({ filename: "Gro\ufffd.txt" });
  });

  it("keeps its bytes in a folder, beside names of every other kind", async () => {
    const names = [
      "Größe",
      "日本",
      "e\u0301",
      "\u00e9",
      "a\\b",
      "C:x",
      "Icon\r",
      "two\nlines",
      "end\\",
      " ",
      "-",
      "aux.c",
      "...",
    ];
    const root = tree(Object.fromEntries(names.map((name) => [name, "x"])));
    create("file", root);
    const { pieces } = await open(root);
    const archive = Buffer.from(await gather(pieces()));
    // The header of a file without the flag of UTF-8, and the bytes of its name.
    const header = archive.indexOf(NOT_UTF8);
    expect(archive.readUInt16LE(header - 24) & 0x800).toBe(0);
    for (const name of names) expect(archive.includes(Buffer.from(name))).toBe(true);
  });

  it("may be that of the working folder", () => {
    const { folder } = create("folder");
    const source = join(import.meta.dirname, "../../../src/transfer/source.node.ts");
    const shell = `cd "$1"/Gro* && exec "$2" --input-type=module -e '
      const { openSource } = await import(process.argv[1]);
      const source = await openSource(".");
      console.log(JSON.stringify(source.offerTo({}).offer));
      await source.close();
    ' "$3"`;
    const output = execFileSync("sh", ["-c", shell, "sh", folder, process.execPath, source]).toString();
    expect(JSON.parse(output)).toMatchObject({ kind: "directory", dirname: "Gro\udcdf.txt", numfiles: 1 });
  });
});

describe("permissions and times of folders", () => {
  const root = () => {
    const made = tree({ "private/key": "x", "open/file": "y", "empty/": null });
    chmodSync(join(made, "private"), 0o700);
    chmodSync(join(made, "open"), 0o775);
    chmodSync(join(made, "private/key"), 0o400);
    chmodSync(made, 0o750);
    return made;
  };

  // proves: transfer/folder-modes
  it("travel to a program of this project, for every folder", async () => {
    const { forOurs } = await open(root());
    expect(await entries(forOurs)).toEqual({
      "open/file": "0o100644",
      "private/key": "0o100400",
      "empty/": "0o40755",
      "open/": "0o40775",
      "private/": "0o40700",
      "./": "0o40750",
    });
    expect(forOurs.offer).toMatchObject({ zipsize: (await gather(forOurs.pieces())).length, numfiles: 2 });
  });

  it("do not travel to other programs, of which one makes files of such entries", async () => {
    const { pieces } = await open(root());
    expect(Object.keys(await entries({ pieces })).sort()).toEqual(["empty/", "open/file", "private/key"]);
  });
});

describe("a path that is given", () => {
  it("may be a file: URL", async () => {
    const path = join(tree({ "a b.txt": "hello" }), "a b.txt");
    expect((await open(pathToFileURL(path))).offer).toEqual({ kind: "file", filename: "a b.txt", filesize: 5 });
  });

  it.each<[string, unknown]>([
    ["a URL of another kind", new URL("https://example.org/a")],
    ["a number", 42],
    ["nothing", undefined],
    ["bytes", new Uint8Array(2)],
  ])("must not be %s", async (_, path) => {
    await expect(openSource(path as string)).rejects.toThrow(TypeError);
  });

  it.each([
    ["", /empty/],
    ["/", /no name/],
    ["a\0b", /cannot be sent/],
    ["/nowhere/at/all", /does not exist/],
  ])("cannot be %j", async (path, words) => {
    expect((await refusal(path)).message).toMatch(words);
  });

  it("that ends with .. has the name of the folder it leads to, even through a link", async () => {
    const outer = tree({ "real/sub/inner": "x" });
    symlinkSync(join(outer, "real", "sub"), join(outer, "link"));
    expect((await open(`${outer}/link/..`)).offer).toMatchObject({ dirname: "real" });
    rmSync(join(outer, "link"));
  });
});

describe("names that other systems cannot keep", () => {
  // proves: transfer/unportable-told
  it.each<[string, string[], string[]]>([
    ["a colon", ["12:30.png"], ["12:30.png"]],
    ["a device", ["aux.c", "auxiliary.c", "console.log"], ["aux.c"]],
    ["a dot or a blank at the end", ["a.", "b ", "c"], ["a.", "b "]],
    ["control characters", ["Icon\r", "two\nlines"], ["Icon\r", "two\nlines"]],
    ["a backslash", ["a\\b"], ["a\\b"]],
    ["upper and lower case", ["Makefile", "makefile", "other"], ["makefile"]],
    ["composed and decomposed", ["\u00e9", "e\u0301"], ["\u00e9"]],
    ["plain names", ["a", "a.b", "-", ".hidden", "with blank", "é", "日本 😀.txt", "a-b_c.tar.gz"], []],
  ])("are named at once before the code, and sent: %s", async (_, names, unportable) => {
    const { notices, offer } = await open(tree(Object.fromEntries(names.map((name) => [name, "x"]))));
    const paths = unportable.map((name) => `tree/${name}`);
    expect(notices).toEqual(
      paths.length > 0 ? [{ type: "notice", notice: "unportable", count: paths.length, paths }] : [],
    );
    expect(offer).toMatchObject({ numfiles: names.length });
  });

  it("are twenty at most, and the others are counted", async () => {
    const { notices } = await open(tree(Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}:`, "x"]))));
    expect(notices).toMatchObject([{ count: 30, paths: { length: 20 } }]);
  });

  it("may be that of a single file, or of the folder itself", async () => {
    expect((await open(tree({ a: "x" }, "a:b"))).notices).toMatchObject([{ count: 1, paths: ["a:b"] }]);
    expect((await open(join(tree({ "c:d": "x" }), "c:d"))).notices).toMatchObject([{ count: 1, paths: ["c:d"] }]);
  });
});

describe("a folder of folders", () => {
  /** Nests and lists folders: each of `wide` holds a chain of `deep`. */
  function folders(wide: number, deep: number, files: number): string {
    const root = join(sandbox(), "many");
    for (let n = 0; n < wide; n++)
      mkdirSync(join(root, `${n}`, ...Array<string>(deep - 1).fill("x")), { recursive: true });
    for (let n = 0; n < files; n++) writeFileSync(join(root, `f${n}`), "");
    return root;
  }

  // proves: transfer/archive-limits
  it.each([
    ["empty ones", 10_001, 1, 0],
    ["chains", 101, 100, 0],
    ["chains beside one file", 1001, 10, 1],
  ])("is refused before the code if a receiver would refuse it: %s", async (_, wide, deep, files) => {
    const error = await refusal(folders(wide, deep, files), { ignoreUnsendable: true });
    expect(error.message).toMatch(/^'many' cannot be sent: it holds \d+ folders and [01] files, and at most 1000[04] /);
  });

  // proves: transfer/archive-limits
  it.each([
    ["empty ones", 10_000, 1, 0],
    ["chains", 1000, 10, 1],
  ])("is sent, and unpacked by our receiver, if it is not beyond the limit: %s", async (_, wide, deep, files) => {
    const { forOurs } = await open(folders(wide, deep, files));
    const [archive, into] = [join(sandbox(), "archive.zip"), join(sandbox(), "tree")];
    writeFileSync(archive, await gather(forOurs.pieces()));
    const { numbytes = -1, numfiles = -1 } = forOurs.offer as { numbytes?: number; numfiles?: number };
    await unpack(archive, into, { numbytes, numfiles, platform: "posix" });
    expect(readdirSync(into)).toHaveLength(wide + files);
  });
});
