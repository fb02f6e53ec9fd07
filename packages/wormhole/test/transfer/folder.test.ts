/** Folders that are sent: the list of their members, and their archive. */
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { UnsendableFileError } from "../../src/errors.ts";
import { type ScanOptions, scanFolder } from "../../src/transfer/reading/scan-folder.node.ts";
import type { ScannedFolder } from "../../src/transfer/reading/scanned-folder.node.ts";
import { openSource } from "../../src/transfer/source.node.ts";
import { gather, sandbox } from "./sandbox.ts";

/** Creates files (texts) and folders (null) in a new folder. */
function tree(entries: Record<string, string | null>): string {
  const root = join(sandbox(), "tree");
  mkdirSync(root);
  for (const [path, text] of Object.entries(entries)) {
    const location = join(root, path);
    mkdirSync(text === null ? location : join(location, ".."), { recursive: true });
    if (text !== null) writeFileSync(location, text);
  }
  return root;
}

/** Lists a folder, and closes it at the end of the test. */
async function scan(root: string, options: ScanOptions = {}): Promise<ScannedFolder> {
  const scanned = await scanFolder(root, options);
  onTestFinished(() => scanned.root.close());
  return scanned;
}

const paths = ({ members }: { members: readonly { path: string }[] }) => members.map(({ path }) => path).sort();

async function zip(root: string) {
  const source = await openSource(root);
  onTestFinished(() => source.close());
  const { size, pieces } = source.offerTo({});
  return { bytes: await gather(pieces()), announced: size };
}

describe("the list of a folder", () => {
  it("has files, and folders only if they are empty", async () => {
    const root = tree({ "a.txt": "hello", "sub/b.txt": "x", "sub/deep/empty": null, "sub/deep/er/c": "" });
    const { members, skipped } = await scan(root);
    expect(paths({ members })).toEqual(["a.txt", "sub/b.txt", "sub/deep/empty/", "sub/deep/er/c"]);
    expect(skipped).toEqual([]);
    expect((await scan(tree({}))).members).toEqual([]);
  });

  it("has the permissions, but no set-user-id", async () => {
    const root = tree({ "run.sh": "x", private: "y", empty: null });
    chmodSync(join(root, "run.sh"), 0o4755);
    chmodSync(join(root, "private"), 0o600);
    chmodSync(join(root, "empty"), 0o700);
    const modes = new Map((await scan(root)).members.map(({ path, mode }) => [path, mode]));
    expect(modes).toEqual(new Map([["run.sh", 0o100755], ["private", 0o100600], ["empty/", 0o040700]])); // biome-ignore format: a table
  });

  it("follows links to targets inside, and leaves out loops", async () => {
    const root = tree({ "d/file": "x", "e/f": "y" });
    symlinkSync("d/file", join(root, "link"));
    symlinkSync("../e", join(root, "d", "to-e"));
    symlinkSync("..", join(root, "d", "up"));
    symlinkSync(root, join(root, "e", "root"));
    const found = await scan(root);
    expect(paths(found)).toEqual(["d/file", "d/to-e/f", "e/f", "link"]);
    expect(found.skipped.map(({ path }) => path).sort()).toEqual(["tree/d/to-e/root", "tree/d/up", "tree/e/root"]);
  });

  // proves: transfer/links-inside
  it("does not follow a link that leads outside", async () => {
    const root = tree({ file: "x" });
    symlinkSync("/etc/passwd", join(root, "out"));
    symlinkSync("..", join(root, "up"));
    symlinkSync(`${root}-sibling`, join(root, "sibling"));
    mkdirSync(`${root}-sibling`);
    await expect(scan(root)).rejects.toThrow(UnsendableFileError);
    await expect(scan(root)).rejects.toThrow(/leads outside/);
    const found = await scan(root, { ignoreUnsendable: true });
    expect(paths(found)).toEqual(["file"]);
    expect(found.skipped).toEqual([
      { path: "tree/out", reason: "it is a link that leads outside the folder, to '/etc/passwd'" },
      { path: "tree/sibling", reason: `it is a link that leads outside the folder, to '${root}-sibling'` },
      { path: "tree/up", reason: `it is a link that leads outside the folder, to '${join(root, "..")}'` },
    ]);
  });

  it("refuses a pipe without opening it, and a dangling link", async () => {
    const root = tree({ file: "x", "sub/only": null });
    execFileSync("mkfifo", [join(root, "sub", "only", "pipe")]);
    symlinkSync("nowhere", join(root, "dangling"));
    await expect(scan(root)).rejects.toThrow(/cannot be sent/);
    const found = await scan(root, { ignoreUnsendable: true });
    expect(paths(found)).toEqual(["file", "sub/only/"]);
    expect(found.skipped).toEqual([
      { path: "tree/dangling", reason: "it is a link to 'nowhere', which does not exist" },
      { path: "tree/sub/only/pipe", reason: "it is a named pipe" },
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("names a member that cannot be read", async () => {
    const root = tree({ file: "x", locked: "y" });
    chmodSync(join(root, "locked"), 0);
    await expect(scan(root)).rejects.toThrow(/'tree\/locked' cannot be sent: permission denied/);
  });

  it("stops when the signal aborts", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(scan(tree({ a: "x" }), { signal })).rejects.toBe(reason);
  });
});

const large = "0123456789".repeat(30_000);

describe("the archive of a folder", () => {
  // proves: transfer/announced-size
  it("has exactly the announced size, and Python reads it", async () => {
    const files = {
      "a.txt": "hello",
      empty: "",
      "large.bin": large,
      "sub/é 日本 😀.txt": "x",
      "sub/exactly-small": "y".repeat(64 * 1024),
      "sub/just-large": "z".repeat(64 * 1024 + 1),
    };
    const root = tree({ ...files, "sub/hollow": null });
    chmodSync(join(root, "a.txt"), 0o640);
    const { bytes, announced } = await zip(root);
    expect(bytes.length).toBe(announced);
    const archive = join(root, "..", "archive.zip");
    writeFileSync(archive, bytes);
    const script = `
import json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert not z.testzip()
    print(json.dumps({i.filename: [oct(i.external_attr >> 16), i.is_dir(), i.compress_type, z.read(i).decode()] for i in z.infolist()}))
`;
    const read = JSON.parse(execFileSync("python3", ["-c", script, archive]).toString());
    const expected = Object.entries(files).map(([path, text]) => [
      path,
      [path === "a.txt" ? "0o100640" : "0o100644", false, 0, text],
    ]);
    expect(read).toEqual({ ...Object.fromEntries(expected), "sub/hollow/": ["0o40755", true, 0, ""] });
  });

  it("is empty for an empty folder", async () => {
    const { bytes, announced } = await zip(tree({}));
    expect(bytes.length).toBe(announced);
    expect(Buffer.from(bytes).toString("hex")).toBe(`504b0506${"00".repeat(18)}`);
  });

  it("comes in few pieces for thousands of small files", async () => {
    const root = tree(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`d${i % 7}/file-${i}`, `text ${i}`])));
    const source = await openSource(root);
    onTestFinished(() => source.close());
    const offered = source.offerTo({});
    let pieces = 0;
    let bytes = 0;
    for await (const piece of offered.pieces()) {
      pieces += 1;
      bytes += piece.length;
    }
    expect(bytes).toBe(offered.size);
    expect(pieces).toBeLessThan(12);
  });

  it("has the size and the counts of the offer", async () => {
    const root = tree({ a: "hello", "b/c": "xy", e: null });
    const source = await openSource(root);
    onTestFinished(() => source.close());
    const { offer, pieces } = source.offerTo({});
    const bytes = await gather(pieces());
    expect(offer).toEqual({
      kind: "directory",
      mode: "zipfile/deflated",
      dirname: "tree",
      zipsize: bytes.length,
      numbytes: 7,
      numfiles: 2,
    });
    expect(existsSync(root) && statSync(root).isDirectory()).toBe(true);
  });
});
