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
import { type ByteOffer, choosePlace, type PlaceOptions } from "../../../src/transfer/files/place.node.ts";
import { fileTarget, folderTarget } from "../../../src/transfer/files/target.node.ts";
import { peerMessageOf } from "../../../src/transfer/local-error.ts";
import { sandbox } from "../sandbox.ts";

const file = (filename: string, filesize = 5): ByteOffer => ({ kind: "file", filename, filesize });
const folder = (dirname: string): ByteOffer => ({
  kind: "directory",
  mode: "zipfile/deflated",
  dirname,
  zipsize: 100,
  numbytes: 50,
  numfiles: 1,
});

/** A folder with a file, a folder, and links. */
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

describe("where an offer goes", () => {
  it.each<[string, ByteOffer, PlaceOptions, string]>([
    ["under its name into the folder", file("a.txt"), {}, "a.txt"],
    ["under the last part of its name", file("../../etc/passwd"), {}, "passwd"],
    ["a folder, too", folder("d"), {}, "d"],
    ["to the output", file("a.txt"), { output: "b.txt" }, "b.txt"],
    ["to the output, whatever its own name", file("a:b\n"), { output: "b.txt" }, "b.txt"],
    ["into the output, if that is a folder", file("a.txt"), { output: "folder" }, "folder/a.txt"],
    ["into the output, if that is a link to a folder", file("a.txt"), { output: "folder-link/" }, "folder-link/a.txt"],
    ["a folder to the output", folder("d"), { output: "e/" }, "e"],
    ["a folder into the output", folder("d"), { output: "folder" }, "folder/d"],
    ["over a file, if asked to", file("file"), { overwrite: true }, "file"],
    ["over an output, if asked to", file("a"), { output: "file", overwrite: true }, "file"],
    ["over a link to a file, if asked to", file("link"), { overwrite: true }, "link"],
    ["over a link to nothing, if asked to", file("dangling"), { overwrite: true }, "dangling"],
    ["into a folder over a file", file("file"), { output: "folder", overwrite: true }, "folder/file"],
  ])("%s", async (_, offer, options, expected) => {
    const root = home();
    const place = await choosePlace(offer, { directory: root, ...options });
    expect(place.path).toBe(join(root, expected));
    expect(place.name).toBe(basename(expected));
  });

  it.each<[string, ByteOffer, PlaceOptions, RegExp]>([
    ["a file where one is", file("file"), {}, /file' exists already/],
    ["a file where a folder is", file("folder"), { overwrite: true }, /not a file/],
    ["a file where a link is", file("link"), {}, /exists already/],
    ["a file where a link to nothing is", file("dangling"), {}, /exists already/],
    ["a file over a link to a folder", file("folder-link"), { overwrite: true }, /not a file/],
    ["a file in a folder where one is", file("file"), { output: "folder" }, /exists already/],
    ["an output where a file is", file("a"), { output: "file" }, /exists already/],
    ["a folder where a folder is", folder("folder"), { overwrite: true }, /never replaces/],
    ["a folder where a file is", folder("file"), { overwrite: true }, /never replaces/],
    ["a folder to an output that is a file", folder("d"), { output: "file", overwrite: true }, /never replaces/],
    ["a missing folder around it", file("a"), { output: "missing/b" }, /There is no folder '.*missing'/],
    ["a file into a missing folder", file("a"), { output: "missing/" }, /There is no folder 'missing\/'/],
    ["a missing directory", file("a"), { directory: "/nowhere/at/all" }, /There is no folder '\/nowhere/],
    ["a name that is no name", file(".."), {}, /refused/],
    ["a name of Windows' devices", folder("nul"), {}, /refused/],
    ["more bytes than there is room for", file("a", 2 ** 53 - 1), {}, /not enough space/],
    ["a device", file("a"), { output: "/dev/null", overwrite: true }, /not a file/],
  ])("refuses %s", async (_, offer, options, words) => {
    const error = await choosePlace(offer, { directory: home(), ...options }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(TransferError);
    expect((error as Error).message).toMatch(words);
    // The other side learns no path, and not what this person has.
    expect(peerMessageOf(error)).toMatch(/^(transfer rejected|receiver disk full|transfer failed on the other side)$/);
  });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const umask = process.umask();

describe("a received file", () => {
  it("is private and unnamed until it is complete", async () => {
    const root = home();
    const target = await fileTarget(await choosePlace(file("a.txt"), { directory: root }));
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

  it("leaves nothing behind when it is discarded", async () => {
    const root = home();
    const before = readdirSync(root);
    const target = await fileTarget(await choosePlace(file("a.txt"), { directory: root }));
    await target.spool.write(new Uint8Array(1 << 20));
    await target.discard();
    await target.discard();
    expect(readdirSync(root)).toEqual(before);
  });

  it("SEC-R2: never replaces what has appeared meanwhile", async () => {
    for (const appear of [
      (path: string) => writeFileSync(path, "theirs"),
      (path: string) => symlinkSync("file", path),
      (path: string) => symlinkSync("nowhere", path),
    ]) {
      const root = home();
      const target = await fileTarget(await choosePlace(file("a.txt"), { directory: root }));
      await target.spool.write(bytes("hello"));
      appear(join(root, "a.txt"));
      await expect(target.publish()).rejects.toThrow(/has appeared during the transfer/);
      await target.discard();
      expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
      expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
    }
  });

  it("replaces a file only when it is complete, and a link instead of what it leads to", async () => {
    const root = home();
    for (const name of ["file", "link"]) {
      const target = await fileTarget(await choosePlace(file(name), { directory: root, overwrite: true }));
      await target.spool.write(bytes(`new ${name}`));
      if (name === "file") expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
      await target.publish();
    }
    expect(readFileSync(join(root, "file"), "utf8")).toBe("new file");
    expect(readFileSync(join(root, "link"), "utf8")).toBe("new link");
    expect(() => readlinkSync(join(root, "link"))).toThrow();
  });

  it("SEC-R3: a planted NAME.tmp is not touched", async () => {
    const root = home();
    symlinkSync("file", join(root, "a.txt.tmp"));
    const target = await fileTarget(await choosePlace(file("a.txt"), { directory: root }));
    await target.spool.write(bytes("hello"));
    await target.publish();
    expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
    expect(readlinkSync(join(root, "a.txt.tmp"))).toBe("file");
  });

  it("holds what was written although the caller uses its memory again", async () => {
    const root = home();
    const target = await fileTarget(await choosePlace(file("a.bin"), { directory: root }));
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
    const target = await folderTarget(await choosePlace(folder("d"), { directory: root }));
    await target.spool.write(bytes("zip"));
    await target.spool.finish();
    mkdirSync(target.tree);
    writeFileSync(join(target.tree, "inside"), "x");
    return target;
  };

  it("is unpacked in private, and moved to its place at once", async () => {
    const root = home();
    const target = await unpacked(root);
    const [staging] = readdirSync(root).filter((name) => name.startsWith("."));
    expect(statSync(join(root, staging ?? "")).mode & 0o777).toBe(0o700);
    await target.publish();
    expect(readdirSync(join(root, "d"))).toEqual(["inside"]);
    expect(statSync(join(root, "d")).mode & 0o777).toBe(0o777 & ~umask);
    expect(readdirSync(root).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it.each([
    ["a file", (path: string) => writeFileSync(path, "theirs")],
    ["an empty folder", (path: string) => mkdirSync(path)],
    ["a full folder", (path: string) => mkdirSync(join(path, "theirs"), { recursive: true })],
    ["a link to a folder", (path: string) => symlinkSync("folder", path)],
  ])("never replaces %s that has appeared meanwhile", async (_, appear) => {
    const root = home();
    const target = await unpacked(root);
    appear(join(root, "d"));
    await expect(target.publish()).rejects.toThrow(/has appeared during the transfer/);
    await target.discard();
    expect(readdirSync(root).sort()).toEqual(["d", "dangling", "file", "folder", "folder-link", "link"]);
    expect(readdirSync(join(root, "folder"))).toEqual(["file"]);
  });

  it("leaves nothing behind when it is discarded", async () => {
    const root = home();
    const before = readdirSync(root);
    await (await unpacked(root)).discard();
    expect(readdirSync(root)).toEqual(before);
  });
});

const canMount = process.platform === "linux" && process.getuid?.() === 0;

describe.skipIf(!canMount)("a full disk (needs root, for a small one)", () => {
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

  it("SEC-R9: is foreseen, and the other side is told", async () => {
    const error = await choosePlace(file("a", 5 << 20), { directory: smallDisk() }).catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(/not enough space/) });
    expect(peerMessageOf(error)).toBe("receiver disk full");
  });

  it("SEC-R9: that fills up meanwhile ends it, and leaves nothing behind", async () => {
    const disk = smallDisk();
    const target = await fileTarget(await choosePlace(file("a", 3 << 20), { directory: disk }));
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
