/** Places and destinations: where received data goes, and what is said before a code is used or anything is written. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { basename, join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TransferError, type TransferErrorCode } from "../../../src/errors.ts";
import { PEER_PHRASES, peerMessageOf } from "../../../src/transfer/local-error.ts";
import { type ByteOffer, decide } from "../../../src/transfer/storing/destination.node.ts";
import { firstPlace } from "../../../src/transfer/storing/place.node.ts";
import { sandbox } from "../sandbox.ts";
import { chosen, decided, failure, file, folder, home, type Options, place } from "./storing.ts";

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  return { ...real, statfs: vi.fn(real.statfs) };
});

const isRoot = process.getuid?.() === 0;
const onLinux = process.platform === "linux";
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("the destination of an offer", () => {
  it.each<[string, ByteOffer, Options, string]>([
    ["in the folder, under the name of the offer", file("a.txt"), {}, "a.txt"],
    ["under the last component of the name", file("../../etc/passwd"), {}, "passwd"],
    ["in the folder, for a folder", folder("d"), {}, "d"],
    ["at the output", file("a.txt"), { output: "b.txt" }, "b.txt"],
    ["at the output, even if the name is impossible", file(".."), { output: "b.txt" }, "b.txt"],
    ["in the output, if that is a folder", file("a.txt"), { output: "folder" }, "folder/a.txt"],
    ["in the output, if that is a link to a folder", file("a.txt"), { output: "folder-link/" }, "folder/a.txt"],
    ["at the output, for a folder", folder("d"), { output: "e" }, "e"],
    ["in the output, for a folder", folder("d"), { output: "folder" }, "folder/d"],
    ["a file, with overwrite", file("file"), { overwrite: true }, "file"],
    ["an output that is a file, with overwrite", file("a"), { output: "file", overwrite: true }, "file"],
    [
      "an output that is a file, with overwrite for the output",
      file("a"),
      { output: "file", overwrite: "output" },
      "file",
    ],
    ["a link to a file, with overwrite", file("link"), { overwrite: true }, "link"],
    ["a dangling link, with overwrite", file("dangling"), { overwrite: true }, "dangling"],
    ["a file in the output, with overwrite", file("file"), { output: "folder", overwrite: true }, "folder/file"],
  ])("is %s", async (_, offer, options, expected) => {
    const root = home();
    const destination = await chosen(offer, { directory: root, ...options });
    expect(destination.path).toBe(join(root, expected));
    expect(destination.name).toBe(basename(expected));
  });

  // proves: transfer/nothing-replaced, transfer/private-failures
  it.each<[string, ByteOffer, Options, RegExp, TransferErrorCode?]>([
    ["a file where a file is", file("file"), {}, /file' already exists/],
    ["a file where a folder is", file("folder"), { overwrite: true }, /not a file/],
    ["a file where a link is", file("link"), {}, /already exists/],
    ["a file where a dangling link is", file("dangling"), {}, /already exists/],
    ["a file where a pipe is", file("pipe"), { overwrite: true }, /not a file/],
    [
      "a file over a link to a folder, although only the link goes",
      folder("folder-link"),
      { overwrite: true },
      /never/,
    ],
    ["a file in an output where a file is", file("file"), { output: "folder" }, /already exists/],
    [
      "a file in an output that is a folder, with overwrite for the output",
      file("file"),
      { output: "folder", overwrite: "output" },
      /already exists/,
    ],
    ["an output where a file is", file("a"), { output: "file" }, /already exists/],
    [
      "an output that is a link, with overwrite for the output",
      file("a"),
      { output: "link", overwrite: "output" },
      /is a link/,
    ],
    [
      "an output that is a dangling link, with overwrite for the output",
      file("a"),
      { output: "dangling", overwrite: "output" },
      /is a link/,
    ],
    ["a folder where a folder is", folder("folder"), { overwrite: true }, /never replaces/],
    ["a folder where a file is", folder("file"), { overwrite: true }, /never replaces/],
    ["a folder to an output that is a file", folder("d"), { output: "file", overwrite: true }, /never replaces/],
    ["a name that is impossible", file(".."), {}, /refused.*Choose a name of your own/, "name-refused"],
    [
      "a name that the file system cannot have",
      file("a"),
      { output: "x".repeat(256) },
      /cannot hold the name/,
      "name-refused",
    ],
    ["more bytes than the disk has", file("a", 2 ** 53 - 1), {}, /not enough space.*9\.0 PB are needed/, "no-space"],
    [
      "a folder for which the space is enough only once",
      folder("d", 2 ** 52, 2 ** 52),
      {},
      /needs space twice/,
      "no-space",
    ],
    ["a folder to a device", folder("d"), { output: "/dev/null" }, /not a folder/],
  ])("is no place for %s", async (_, offer, options, words, code = "cannot-store") => {
    const root = home();
    execFileSync("mkfifo", [join(root, "pipe")]);
    const error = await refusal(chosen(offer, { directory: root, ...options }));
    expect(error).toBeInstanceOf(TransferError);
    expect(error).toMatchObject({ message: expect.stringMatching(words), code });
    // The peer gets no path, and does not learn which files exist.
    expect(peerMessageOf(error)).toBe(PEER_PHRASES[code]);
  });
});

describe("before a code is used", () => {
  const deleted = () => {
    const before = process.cwd();
    const root = sandbox();
    process.chdir(root);
    onTestFinished(() => process.chdir(before));
    rmSync(root, { recursive: true });
  };
  const nothing = () => {};

  it.each<[string, Options, RegExp, (root: string) => void]>([
    ["a missing directory", { directory: "missing" }, /no folder '.*missing'/, nothing],
    ["a directory that is a file", { directory: "file" }, /no folder '.*file'/, nothing],
    ["a directory that is a dangling link", { directory: "dangling" }, /no folder/, nothing],
    ["an output in a missing folder", { output: "missing/b" }, /no folder '.*missing'/, nothing],
    ["an output two levels below a missing folder", { output: "a/b/c" }, /no folder '.*b'/, nothing],
    ["an output below a file", { output: "file/b" }, /no folder/, nothing],
    ["an output that ends with a separator, where nothing is", { output: "newdir/" }, /no folder 'newdir\/'/, nothing],
    ["an output that ends with a separator, where a file is", { output: "file/" }, /no folder 'file\/'/, nothing],
    ["an output that is a socket", { output: "socket" }, /is a socket/, (root) => makeSocket(join(root, "socket"))],
    ["a descriptor that is not open", { output: "/dev/fd/987" }, /it is not open/, nothing],
    ["a loop of links", { directory: "loop" }, /loop of links/, (root) => symlinkSync("loop", join(root, "loop"))],
  ])("%s is an error", async (_, options, words, prepare) => {
    const root = home();
    prepare(root);
    const directory = options.directory === undefined ? root : join(root, options.directory);
    const error = await refusal(place({ ...options, directory }));
    expect(error).toMatchObject({ code: "cannot-store", message: expect.stringMatching(words) });
  });

  it("a current folder that was deleted is an error, if files are to be stored in it", async () => {
    deleted();
    const words = /was deleted|does not exist|no folder/;
    expect(await firstPlace({})).toMatchObject({
      kind: "none",
      problem: { code: "cannot-store", message: expect.stringMatching(words) },
    });
    expect(await refusal(firstPlace({ directory: "." }))).toMatchObject({ code: "cannot-store" });
    expect(await refusal(place({ output: "b" }))).toMatchObject({ code: "cannot-store" });
  });

  it.skipIf(isRoot)("a folder without the right to write is an error", async () => {
    const root = sandbox();
    chmodSync(root, 0o555);
    expect(await refusal(place({ directory: root }))).toMatchObject({ message: expect.stringMatching(/permission/) });
  });

  it.skipIf(!isRoot || !onLinux)("a read-only file system is an error", async () => {
    const root = sandbox();
    execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "wormhole-test", root]);
    onTestFinished(() => void execFileSync("umount", [root]));
    const words = /Nothing can be stored in the folder '.*': the file system is read-only\./;
    expect(await refusal(place({ directory: root }))).toMatchObject({ message: expect.stringMatching(words) });
    expect(await refusal(place({ output: join(root, "b") }))).toMatchObject({ message: expect.stringMatching(words) });
  });

  it("nothing is written", async () => {
    const root = home();
    const before = readdirSync(root);
    await place({ directory: root });
    await place({ directory: root, output: "b" });
    expect(readdirSync(root)).toEqual(before);
  });
});

function makeSocket(path: string): void {
  execFileSync("python3", ["-c", "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", path]);
}

describe("what the options name is decided once:", () => {
  const permitted = { overwrite: true, ignoreSpace: false } as const;

  // proves: transfer/nothing-replaced
  it("an output that was no folder is not entered if a folder appears there", async () => {
    const root = home();
    const opened = await place({ directory: root, output: "new" });
    mkdirSync(join(root, "new"));
    writeFileSync(join(root, "new", "a"), "mine");
    for (const overwrite of [true, "output"] as const) {
      const { problem } = await decide(file("a"), opened, { overwrite, ignoreSpace: false });
      expect(problem).toMatchObject({ message: expect.stringMatching(/new' already exists and is not a file/) });
    }
  });

  it.skipIf(!onLinux)(
    "the folder stays the same if its path leads elsewhere, and the path is the true one",
    async () => {
      const root = home();
      const opened = await place({ directory: join(root, "folder") });
      renameSync(join(root, "folder"), join(root, "moved"));
      mkdirSync(join(root, "other"));
      symlinkSync("other", join(root, "folder"));
      const { destination } = await decide(file("a"), opened, permitted);
      expect(destination?.path).toBe(join(root, "moved", "a"));
    },
  );

  const changes: [string, (path: string) => void][] = [
    ["was written to", (path) => fs.appendFileSync(path, "more")],
    [
      "was replaced by another file",
      (path) => {
        rmSync(path);
        writeFileSync(path, "mine");
      },
    ],
    [
      "was replaced by a link",
      (path) => {
        rmSync(path);
        symlinkSync("folder/file", path);
      },
    ],
    ["was touched", (path) => fs.utimesSync(path, 1, 1)],
  ];
  // proves: transfer/nothing-replaced
  it.each(changes)("permission to replace a file ends when it %s", async (_, change) => {
    const root = home();
    const opened = await place({ directory: root });
    const shown = await decide(file("file"), opened, permitted);
    expect((await decide(file("file"), opened, permitted, shown)).problem).toBeUndefined();
    change(join(root, "file"));
    const { problem } = await decide(file("file"), opened, permitted, shown);
    expect(problem).toMatchObject({ message: expect.stringMatching(/appeared or changed since the question/) });
  });

  // proves: transfer/nothing-replaced
  it("permission to overwrite does not hold for what has appeared since the question", async () => {
    const root = home();
    const opened = await place({ directory: root });
    const shown = await decide(file("new"), opened, permitted);
    writeFileSync(join(root, "new"), "theirs");
    expect((await decide(file("new"), opened, permitted, shown)).problem).toMatchObject({ code: "cannot-store" });
  });
});

describe("the free space", () => {
  const facts = (blocks: number, bavail: number) =>
    vi.mocked(statfs).mockResolvedValueOnce({ blocks, bavail, bsize: 1000 } as never);

  it.each(["ENOSYS", "EACCES", "ENOTSUP", "ERR_METHOD_NOT_IMPLEMENTED", "EOVERFLOW"])(
    "is unknown after %s, so the offer is accepted",
    async (code) => {
      vi.mocked(statfs).mockRejectedValueOnce(failure(code));
      expect((await decided(file("a", 2 ** 52), { directory: sandbox() })).problem).toBeUndefined();
    },
  );

  it("is unknown if the file system has no size, so the offer is accepted", async () => {
    facts(0, 0);
    expect((await decided(file("a", 2 ** 52), { directory: sandbox() })).problem).toBeUndefined();
  });

  // proves: transfer/disk-full
  it.each<[string, ByteOffer, RegExp | undefined]>([
    ["a file that fits", file("a", 1_500_000), undefined],
    ["a file that is a byte too large", file("a", 1_500_001), /1\.5 MB are needed, and 1\.5 MB are free\.$/],
    ["a folder that fits twice", folder("d", 800_000, 700_000), undefined],
    ["a folder that fits only once", folder("d", 800_000, 800_000), /1\.6 MB are needed.*A folder needs space twice/],
  ])("is compared with %s", async (_, offer, words) => {
    facts(9000, 1500);
    const { problem } = await decided(offer, { directory: sandbox() });
    if (words === undefined) expect(problem).toBeUndefined();
    else expect(problem).toMatchObject({ code: "no-space", message: expect.stringMatching(words) });
  });

  it("does not matter with ignoreSpace", async () => {
    facts(9000, 0);
    onTestFinished(() => void vi.mocked(statfs).mockReset());
    expect((await decided(file("a", 2 ** 52), { directory: sandbox(), ignoreSpace: true })).problem).toBeUndefined();
  });
});

it("an output that a person named is found through its folder, wherever that is", async () => {
  const root = home();
  const destination = await chosen(file("a"), { directory: root, output: `${"../".repeat(30)}${root.slice(1)}/b` });
  expect(destination.path).toBe(join(root, "b"));
  expect(statSync(root).isDirectory()).toBe(true);
});
