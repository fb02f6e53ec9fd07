/** Destinations and targets: where received data goes, and how it gets its final name. */
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import {
  type ByteOffer,
  chooseDestination,
  type DestinationOptions,
} from "../../../src/transfer/files/destination.node.ts";
import { fileTarget, folderTarget } from "../../../src/transfer/files/target.node.ts";
import { peerMessageOf } from "../../../src/transfer/local-error.ts";
import { sandbox } from "../sandbox.ts";

const file = (name: string, size = 5): ByteOffer => ({ kind: "file", name, size });
const folder = (name: string): ByteOffer => ({ kind: "directory", name, size: 100, unpackedSize: 50, files: 1 });

/** Creates a folder with a file, a folder, and links. */
function home(): string {
  const root = sandbox();
  writeFileSync(join(root, "file"), "mine");
  mkdirSync(join(root, "folder"));
  writeFileSync(join(root, "folder", "file"), "mine, too");
  symlinkSync("file", join(root, "link"));
  symlinkSync("folder", join(root, "folder-link"));
  symlinkSync("nowhere", join(root, "dangling"));
  return root;
}

describe("the destination of an offer", () => {
  it.each<[string, ByteOffer, DestinationOptions, string]>([
    ["in the folder, under the name of the offer", file("a.txt"), {}, "a.txt"],
    ["under the last component of the name", file("../../etc/passwd"), {}, "passwd"],
    ["in the folder, for a folder", folder("d"), {}, "d"],
    ["at the output", file("a.txt"), { output: "b.txt" }, "b.txt"],
    ["at the output, even if the name is unsafe", file("a:b\n"), { output: "b.txt" }, "b.txt"],
    ["in the output, if that is a folder", file("a.txt"), { output: "folder" }, "folder/a.txt"],
    ["in the output, if that is a link to a folder", file("a.txt"), { output: "folder-link/" }, "folder-link/a.txt"],
    ["at the output, for a folder", folder("d"), { output: "e/" }, "e"],
    ["in the output, for a folder", folder("d"), { output: "folder" }, "folder/d"],
    ["a file, with overwrite", file("file"), { overwrite: true }, "file"],
    ["an output that is a file, with overwrite", file("a"), { output: "file", overwrite: true }, "file"],
    ["a link to a file, with overwrite", file("link"), { overwrite: true }, "link"],
    ["a dangling link, with overwrite", file("dangling"), { overwrite: true }, "dangling"],
    ["a file in the output, with overwrite", file("file"), { output: "folder", overwrite: true }, "folder/file"],
  ])("is %s", async (_, offer, options, expected) => {
    const root = home();
    const destination = await chooseDestination(offer, { directory: root, ...options });
    expect(destination.path).toBe(join(root, expected));
    expect(destination.name).toBe(basename(expected));
  });

  // proves: transfer/nothing-replaced, transfer/private-failures
  it.each<[string, ByteOffer, DestinationOptions, RegExp]>([
    ["a file where a file is", file("file"), {}, /file' already exists/],
    ["a file where a folder is", file("folder"), { overwrite: true }, /not a file/],
    ["a file where a link is", file("link"), {}, /already exists/],
    ["a file where a dangling link is", file("dangling"), {}, /already exists/],
    ["a file over a link to a folder", file("folder-link"), { overwrite: true }, /not a file/],
    ["a file in an output where a file is", file("file"), { output: "folder" }, /already exists/],
    ["an output where a file is", file("a"), { output: "file" }, /already exists/],
    ["a folder where a folder is", folder("folder"), { overwrite: true }, /never replaces/],
    ["a folder where a file is", folder("file"), { overwrite: true }, /never replaces/],
    ["a folder to an output that is a file", folder("d"), { output: "file", overwrite: true }, /never replaces/],
    ["an output in a missing folder", file("a"), { output: "missing/b" }, /There is no folder '.*missing'/],
    ["a file into a missing folder", file("a"), { output: "missing/" }, /There is no folder 'missing\/'/],
    ["a missing directory", file("a"), { directory: "/nowhere/at/all" }, /There is no folder '\/nowhere/],
    ["a name that is not one", file(".."), {}, /refused/],
    ["more bytes than the disk has", file("a", 2 ** 53 - 1), {}, /not enough space/],
    ["a device", file("a"), { output: "/dev/null", overwrite: true }, /not a file/],
  ])("refuses %s", async (_, offer, options, words) => {
    const error = await chooseDestination(offer, { directory: home(), ...options }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TransferError);
    expect((error as Error).message).toMatch(words);
    // The peer gets no path, and does not learn which files exist.
    expect(peerMessageOf(error)).toMatch(/^(transfer rejected|receiver disk full|transfer failed on the other side)$/);
  });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const umask = process.umask();

describe("a received file", () => {
  // proves: transfer/final-name
  it("is private and has no final name until it is complete", async () => {
    const root = home();
    const target = await fileTarget(await chooseDestination(file("a.txt"), { directory: root }));
    await target.spool.write(bytes("hel"));
    const [part, ...more] = readdirSync(root).filter((name) => name.endsWith(".wormhole-part"));
    expect(more).toEqual([]);
    expect(part).toMatch(/^\.[0-9a-f]{16}\.wormhole-part$/);
    expect(statSync(join(root, part ?? "")).mode & 0o777).toBe(0o600);
    expect(readdirSync(root)).not.toContain("a.txt");
    await target.spool.write(bytes("lo"));
    await target.publish();
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("hello");
    expect(statSync(join(root, "a.txt")).mode & 0o777).toBe(0o666 & ~umask);
    expect(statSync(join(root, "a.txt")).nlink).toBe(1);
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });

  // proves: transfer/final-name
  it("leaves nothing behind when it is discarded", async () => {
    const root = home();
    const before = readdirSync(root);
    const target = await fileTarget(await chooseDestination(file("a.txt"), { directory: root }));
    await target.spool.write(new Uint8Array(1 << 20));
    await target.discard();
    await target.discard();
    expect(readdirSync(root)).toEqual(before);
  });

  // proves: transfer/nothing-replaced
  it("never replaces what has appeared meanwhile", async () => {
    for (const appear of [
      (path: string) => writeFileSync(path, "theirs"),
      (path: string) => symlinkSync("file", path),
      (path: string) => symlinkSync("nowhere", path),
    ]) {
      const root = home();
      const target = await fileTarget(await chooseDestination(file("a.txt"), { directory: root }));
      await target.spool.write(bytes("hello"));
      appear(join(root, "a.txt"));
      await expect(target.publish()).rejects.toThrow(/appeared during the transfer/);
      await target.discard();
      expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
      expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
    }
  });

  // proves: transfer/final-name
  it("replaces a file only when it is complete, and a link instead of its target", async () => {
    const root = home();
    for (const name of ["file", "link"]) {
      const target = await fileTarget(await chooseDestination(file(name), { directory: root, overwrite: true }));
      await target.spool.write(bytes(`new ${name}`));
      if (name === "file") expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
      await target.publish();
    }
    expect(readFileSync(join(root, "file"), "utf8")).toBe("new file");
    expect(readFileSync(join(root, "link"), "utf8")).toBe("new link");
    expect(() => readlinkSync(join(root, "link"))).toThrow();
  });

  it("does not touch a link that was planted at NAME.tmp", async () => {
    const root = home();
    symlinkSync("file", join(root, "a.txt.tmp"));
    const target = await fileTarget(await chooseDestination(file("a.txt"), { directory: root }));
    await target.spool.write(bytes("hello"));
    await target.publish();
    expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
    expect(readlinkSync(join(root, "a.txt.tmp"))).toBe("file");
  });

  it("holds what was written, even if the caller reuses its memory", async () => {
    const root = home();
    const target = await fileTarget(await chooseDestination(file("a.bin"), { directory: root }));
    const piece = new Uint8Array(300_000);
    for (let i = 0; i < 8; i++) {
      piece.fill(i);
      await target.spool.write(piece);
    }
    piece.fill(99);
    await target.publish();
    const expected = Buffer.concat(Array.from({ length: 8 }, (_, i) => Buffer.alloc(300_000, i)));
    expect(Buffer.compare(readFileSync(join(root, "a.bin")), expected)).toBe(0);
  });
});

describe("a received folder", () => {
  const unpacked = async (root: string) => {
    const target = await folderTarget(await chooseDestination(folder("d"), { directory: root }));
    await target.spool.write(bytes("zip"));
    await target.spool.finish();
    mkdirSync(target.tree);
    writeFileSync(join(target.tree, "inside"), "x");
    return target;
  };

  // proves: transfer/final-name
  it("is unpacked in private, and moved to its destination in one step", async () => {
    const root = home();
    const target = await unpacked(root);
    const [staging] = readdirSync(root).filter((name) => name.startsWith("."));
    expect(statSync(join(root, staging ?? "")).mode & 0o777).toBe(0o700);
    await target.publish();
    expect(readdirSync(join(root, "d"))).toEqual(["inside"]);
    expect(statSync(join(root, "d")).mode & 0o777).toBe(0o777 & ~umask);
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });

  // proves: transfer/nothing-replaced
  it.each([
    ["a file", (path: string) => writeFileSync(path, "theirs")],
    ["an empty folder", (path: string) => mkdirSync(path)],
    ["a full folder", (path: string) => mkdirSync(join(path, "theirs"), { recursive: true })],
    ["a link to a folder", (path: string) => symlinkSync("folder", path)],
  ])("never replaces %s that has appeared meanwhile", async (_, appear) => {
    const root = home();
    const target = await unpacked(root);
    appear(join(root, "d"));
    await expect(target.publish()).rejects.toThrow(/appeared during the transfer/);
    await target.discard();
    expect(readdirSync(root).sort()).toEqual(["d", "dangling", "file", "folder", "folder-link", "link"]);
    expect(readdirSync(join(root, "folder"))).toEqual(["file"]);
  });

  // proves: transfer/final-name
  it("leaves nothing behind when it is discarded", async () => {
    const root = home();
    const before = readdirSync(root);
    await (await unpacked(root)).discard();
    expect(readdirSync(root)).toEqual(before);
  });
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!canMount)("a full disk (needs root, to mount a small one)", () => {
  const smallDisk = (): string => {
    const disk = join(sandbox(), "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "wormhole-test", disk]);
    onTestFinished(() => {
      execFileSync("umount", [disk]);
      rmdirSync(disk);
    });
    return disk;
  };

  // proves: transfer/disk-full
  it("is detected before the person is asked, and the peer is informed", async () => {
    const error = await chooseDestination(file("a", 5 << 20), { directory: smallDisk() }).catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(/not enough space/) });
    expect(peerMessageOf(error)).toBe("receiver disk full");
  });

  // proves: transfer/disk-full
  it("ends the transfer if it fills up meanwhile, and leaves nothing behind", async () => {
    const disk = smallDisk();
    const target = await fileTarget(await chooseDestination(file("a", 3 << 20), { directory: disk }));
    writeFileSync(join(disk, "other"), new Uint8Array(3 << 20));
    const writing = (async () => {
      for (let i = 0; i < 12; i++) await target.spool.write(new Uint8Array(256 * 1024).fill(1));
      await target.publish();
    })();
    const error = await writing.catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(/no space left to store '.*\/a'/) });
    expect(peerMessageOf(error)).toBe("receiver disk full");
    await target.discard();
    expect(readdirSync(disk)).toEqual(["other"]);
  });
});
