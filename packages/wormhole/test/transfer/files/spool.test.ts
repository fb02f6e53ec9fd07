/** Storage under faults: what a spool and a target sync to the disk, and how they end if the file system fails. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import { chooseDestination } from "../../../src/transfer/files/destination.node.ts";
import { Spool } from "../../../src/transfer/files/spool.node.ts";
import { storageError } from "../../../src/transfer/files/storage-error.node.ts";
import { fileTarget, folderTarget } from "../../../src/transfer/files/target.node.ts";
import { peerMessageOf } from "../../../src/transfer/local-error.ts";
import { sandbox } from "../sandbox.ts";

// Functions of a module cannot be replaced one by one, so all of them are wrapped. They work as usual by default.
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return {
    ...real,
    link: vi.fn(real.link),
    mkdir: vi.fn(real.mkdir),
    rename: vi.fn(real.rename),
    open: vi.fn(real.open),
  };
});

const failure = (code: string) => Object.assign(new Error(`${code}: it failed`), { code, syscall: "test" });
const MIB = 1 << 20;

/** Makes a method of every open file fail or count, until the test ends. */
async function spyOnFiles(method: "sync" | "datasync" | "chmod" | "write") {
  const file = await fs.open(join(sandbox(), "probe"), "w");
  const prototype = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  const spy = vi.spyOn(prototype, method);
  onTestFinished(() => spy.mockRestore());
  return spy;
}

async function newFileTarget(root: string, overwrite = false) {
  const destination = await chooseDestination({ kind: "file", name: "a.txt", size: 5 }, { directory: root, overwrite });
  const target = await fileTarget(destination);
  await target.spool.write(new TextEncoder().encode("hello"));
  return target;
}

async function newFolderTarget(root: string) {
  const offer = { kind: "directory", name: "d", size: 5, unpackedSize: 5, files: 1 } as const;
  const target = await folderTarget(await chooseDestination(offer, { directory: root }));
  await target.spool.write(new TextEncoder().encode("hello"));
  await target.spool.finish();
  mkdirSync(target.tree);
  writeFileSync(join(target.tree, "inside"), "x");
  return target;
}

describe("a file that is kept", () => {
  // proves: transfer/durable
  it("is synced before it gets its name, and its name afterwards", async () => {
    const root = sandbox();
    const [datasync, sync] = [await spyOnFiles("datasync"), await spyOnFiles("sync")];
    const target = await newFileTarget(root);
    expect([datasync, sync].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    // A target ignores a failed sync of the names, so an expectation inside of it would be lost.
    const names: string[][] = [];
    datasync.mockImplementationOnce(async () => void names.push(readdirSync(root)));
    sync.mockImplementationOnce(async () => void names.push(readdirSync(root)));
    await target.publish();
    expect(names).toEqual([[expect.stringMatching(/\.wormhole-part$/)], ["a.txt"]]);
    expect([datasync, sync].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
  });

  it("is synced in the background for each 64 MiB, one sync at a time", async () => {
    const datasync = await spyOnFiles("datasync");
    let finish = () => {};
    const syncing = new Promise<void>((resolve) => {
      finish = resolve;
    });
    datasync.mockImplementationOnce(() => syncing);
    const path = join(sandbox(), "part");
    const spool = await Spool.create(path, path, { lasting: true });
    const piece = new Uint8Array(8 * MIB);
    for (let i = 0; i < 7; i++) await spool.write(piece);
    expect(datasync).toHaveBeenCalledTimes(0);
    for (let i = 0; i < 10; i++) await spool.write(piece);
    expect(datasync).toHaveBeenCalledTimes(1);
    finish();
    await new Promise(setImmediate);
    await spool.write(piece);
    expect(datasync).toHaveBeenCalledTimes(2);
    await spool.keep(0o600);
    expect(datasync).toHaveBeenCalledTimes(3);
  });

  it("is never synced if it is only read again", async () => {
    const datasync = await spyOnFiles("datasync");
    const path = join(sandbox(), "part");
    const spool = await Spool.create(path, path, { lasting: false });
    for (let i = 0; i < 9; i++) await spool.write(new Uint8Array(8 * MIB));
    await spool.finish();
    expect(datasync).not.toHaveBeenCalled();
  });

  // proves: transfer/durable
  it("fails if a sync in the background failed, although the last one succeeds", async () => {
    const datasync = await spyOnFiles("datasync");
    datasync.mockRejectedValueOnce(failure("EIO"));
    const path = join(sandbox(), "part");
    const spool = await Spool.create(path, "/in/a.txt", { lasting: true });
    for (let i = 0; i < 8; i++) await spool.write(new Uint8Array(8 * MIB));
    await expect(spool.keep(0o600)).rejects.toThrow("'/in/a.txt' cannot be stored: the disk reported an error.");
    await spool.abandon();
  });

  // proves: transfer/final-name
  it.each(["datasync", "chmod", "write"] as const)("gets no name if %s fails", async (method) => {
    const root = sandbox();
    const target = await newFileTarget(root);
    (await spyOnFiles(method)).mockRejectedValueOnce(failure("EIO"));
    const error = await target.publish().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransferError);
    expect(error).toMatchObject({ message: `'${join(root, "a.txt")}' cannot be stored: the disk reported an error.` });
    await target.discard();
    expect(readdirSync(root)).toEqual([]);
  });

  it("reports a failed write with the next one", async () => {
    const path = join(sandbox(), "part");
    const spool = await Spool.create(path, "/in/a.txt", { lasting: true });
    (await spyOnFiles("write")).mockRejectedValueOnce(failure("ENOSPC"));
    await spool.write(new Uint8Array(MIB));
    await expect(spool.write(new Uint8Array(MIB))).rejects.toThrow("There is no space left to store '/in/a.txt'.");
    await spool.abandon();
  });
});

describe("on a file system without links, a file", () => {
  const withoutLinks = (code: string) => vi.mocked(fs.link).mockRejectedValueOnce(failure(code));

  // proves: transfer/final-name
  it.each(["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EACCES"])("is renamed after %s", async (code) => {
    const root = sandbox();
    const target = await newFileTarget(root);
    withoutLinks(code);
    await target.publish();
    expect(readdirSync(root)).toEqual(["a.txt"]);
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("hello");
  });

  // proves: transfer/nothing-replaced
  it("does not replace what has appeared meanwhile", async () => {
    const root = sandbox();
    const target = await newFileTarget(root);
    writeFileSync(join(root, "a.txt"), "theirs");
    withoutLinks("EPERM");
    await expect(target.publish()).rejects.toThrow(/appeared during the transfer/);
    await target.discard();
    expect(readdirSync(root)).toEqual(["a.txt"]);
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("theirs");
  });

  it("leaves no empty file behind if the rename fails", async () => {
    const root = sandbox();
    const target = await newFileTarget(root);
    withoutLinks("EPERM");
    vi.mocked(fs.rename).mockRejectedValueOnce(failure("EIO"));
    await expect(target.publish()).rejects.toThrow(/the disk reported an error/);
    await target.discard();
    expect(readdirSync(root)).toEqual([]);
  });
});

describe("if the file system refuses,", () => {
  it("a link that fails for another reason is an error", async () => {
    const root = sandbox();
    const target = await newFileTarget(root);
    vi.mocked(fs.link).mockRejectedValueOnce(failure("EROFS"));
    await expect(target.publish()).rejects.toThrow(/cannot be stored/);
    await target.discard();
    expect(readdirSync(root)).toEqual([]);
  });

  it("a file that is to be replaced stays as it was", async () => {
    const root = sandbox();
    writeFileSync(join(root, "a.txt"), "old");
    const target = await newFileTarget(root, true);
    vi.mocked(fs.rename).mockRejectedValueOnce(failure("EACCES"));
    await expect(target.publish()).rejects.toThrow(/permission denied/);
    await target.discard();
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("old");
    expect(readdirSync(root)).toEqual(["a.txt"]);
  });

  // Root may write anywhere, so the system's error is injected; the next test has a real one for other users.
  it("a target cannot be created, and the error names the final path", async () => {
    const root = sandbox();
    vi.mocked(fs.open).mockRejectedValueOnce(failure("EACCES"));
    await expect(newFileTarget(root)).rejects.toThrow(`'${join(root, "a.txt")}' cannot be stored: permission denied.`);
    vi.mocked(fs.mkdir).mockRejectedValueOnce(failure("EACCES"));
    await expect(newFolderTarget(root)).rejects.toThrow(`'${join(root, "d")}' cannot be stored: permission denied.`);
    vi.mocked(fs.open).mockRejectedValueOnce(failure("ENOSPC"));
    await expect(newFolderTarget(root)).rejects.toThrow(`There is no space left to store '${join(root, "d")}'.`);
    expect(readdirSync(root)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)("a read-only folder takes no target", async () => {
    const root = sandbox();
    chmodSync(root, 0o500);
    onTestFinished(() => chmodSync(root, 0o700));
    await expect(newFileTarget(root)).rejects.toThrow(/permission denied/);
    await expect(newFolderTarget(root)).rejects.toThrow(/permission denied/);
  });

  // proves: transfer/final-name
  it("a folder that cannot be moved leaves nothing behind", async () => {
    const root = sandbox();
    const target = await newFolderTarget(root);
    vi.mocked(fs.rename).mockRejectedValueOnce(failure("EIO"));
    await expect(target.publish()).rejects.toThrow(/the disk reported an error/);
    await target.discard();
    expect(readdirSync(root)).toEqual([]);
  });

  it("a folder whose names cannot be synced is stored nevertheless", async () => {
    const root = sandbox();
    const target = await newFileTarget(root);
    vi.mocked(fs.open).mockRejectedValueOnce(failure("EISDIR"));
    await target.publish();
    expect(readdirSync(root)).toEqual(["a.txt"]);
  });
});

describe("an error of storing", () => {
  it.each([
    ["ENOSPC", "There is no space left to store '/in/a'.", "receiver disk full"],
    ["EDQUOT", "There is no space left to store '/in/a'.", "receiver disk full"],
    ["EIO", "'/in/a' cannot be stored: the disk reported an error.", "the receiver cannot store it"],
    ["EWEIRD", "'/in/a' cannot be stored: EWEIRD: it failed.", "the receiver cannot store it"],
  ])("%s has a sentence, and one for the peer", (code, message, peerMessage) => {
    const error = storageError("/in/a", failure(code));
    expect(error).toMatchObject({ message, code: "transfer" });
    expect(peerMessageOf(error)).toBe(peerMessage);
  });

  it("that does not come from the system is returned unchanged", () => {
    for (const error of [new TransferError("refused"), new Error("no code"), "text", undefined]) {
      expect(storageError("/in/a", error)).toBe(error);
    }
  });
});
