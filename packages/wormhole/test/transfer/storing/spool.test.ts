/** Storage under faults: what a spool and a target sync to the disk, and how they end if the file system fails. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { FileHandle } from "node:fs/promises";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TransferError } from "../../../src/errors.ts";
import { peerMessageOf } from "../../../src/transfer/local-error.ts";
import { Spool } from "../../../src/transfer/storing/spool.node.ts";
import { storageError } from "../../../src/transfer/storing/storage-error.node.ts";
import { sandbox } from "../sandbox.ts";
import { failure, newFile, newFolder, parts } from "./storing.ts";

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

describe("a file that is kept", () => {
  // proves: transfer/durable
  it("is synced before it gets its name, and its name afterwards", async () => {
    const root = sandbox();
    const [datasync, sync] = [await spyOnFiles("datasync"), await spyOnFiles("sync")];
    const target = await newFile("a.txt", { directory: root });
    expect([datasync, sync].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    // A target ignores a failed sync of the names, so an expectation inside of it would be lost.
    const named: boolean[] = [];
    datasync.mockImplementationOnce(async () => void named.push(readdirSync(root).includes("a.txt")));
    sync.mockImplementationOnce(async () => void named.push(readdirSync(root).includes("a.txt")));
    await target.publish();
    expect(named).toEqual([false, true]);
    expect([datasync, sync].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
    expect(readdirSync(root)).toEqual(["a.txt"]);
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
    expect(await spool.finish()).toBe(true);
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
    await expect(spool.finish()).rejects.toThrow("'/in/a.txt' cannot be stored: the disk reported an error.");
    await spool.abandon();
  });

  // proves: transfer/durable, transfer/final-name
  it.each<["datasync" | "write", string, RegExp]>([
    ["datasync", "EIO", /'.*a\.txt' cannot be stored: the disk reported an error\.$/],
    ["datasync", "ENOSPC", /There is no space left to store '.*a\.txt'\.$/],
    ["datasync", "EDQUOT", /There is no space left to store '.*a\.txt'\.$/],
    ["datasync", "ESTALE", /cannot be stored/],
    ["datasync", "EROFS", /the file system is read-only/],
    ["write", "EIO", /the disk reported an error/],
    ["write", "ENOSPC", /no space left/],
  ])("gets no name if %s fails with %s, because data is lost", async (method, code, words) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root });
    (await spyOnFiles(method)).mockRejectedValueOnce(failure(code));
    const error = await target.publish().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TransferError);
    expect(error).toMatchObject({ message: expect.stringMatching(words) });
    await target.discard();
    expect(readdirSync(root)).toEqual([]);
  });

  const REFUSALS: [string, Error][] = [
    ...["EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM", "EACCES", "EBADF"].map((code): [string, Error] => [
      code,
      failure(code),
    ]),
    ["the permission model", failure("ERR_ACCESS_DENIED")],
    ["Yarn's file system", new Error("Method not implemented.")],
    ["a runtime without it", new TypeError("datasync is not a function")],
  ];
  it.each(REFUSALS)("stands, and says so, if it cannot be synced because of %s", async (_, error) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root });
    (await spyOnFiles("datasync")).mockRejectedValue(error);
    (await spyOnFiles("sync")).mockRejectedValue(error);
    await target.publish();
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("hello");
    expect(target.notices).toEqual([{ notice: "not-kept", path: join(root, "a.txt"), what: "sync" }]);
  });

  it("is synced in the other way if the first one is refused", async () => {
    const target = await newFile("a.txt", { directory: sandbox() });
    (await spyOnFiles("datasync")).mockRejectedValue(failure("EINVAL"));
    await target.publish();
    expect(target.notices).toEqual([]);
  });

  it("stands if its permissions can never be changed", async () => {
    const root = sandbox();
    const chmod = await spyOnFiles("chmod");
    chmod.mockRejectedValue(failure("EPERM"));
    const target = await newFile("a.txt", { directory: root });
    await target.publish();
    expect(target.notices).toEqual([]);
    expect(readdirSync(root)).toEqual(["a.txt"]);
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

/** Makes every call of a function fail with this code, until the test ends. */
function failing(name: "link" | "rename" | "open", code: string): void {
  const mock = { link: vi.mocked(fs.link), rename: vi.mocked(fs.rename), open: vi.mocked(fs.open) }[name];
  mock.mockRejectedValue(failure(code));
  onTestFinished(() => void mock.mockReset());
}

const LINK_FAILURES = [
  "EPERM",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EMLINK",
  "EACCES",
  "EXDEV",
  "EROFS",
  "ESTALE",
  "EIO",
  "EINVAL",
  "ENOENT",
];
const RENAME_FAILURES = ["EXDEV", "EPERM", "EACCES", "EIO", "EBUSY", "ENOSYS", "ESTALE"];

describe("whatever the file system refuses at the last step, a file", () => {
  // proves: transfer/final-name, transfer/arrived-is-kept
  it.each(LINK_FAILURES)("is renamed if a link fails with %s", async (code) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root });
    failing("link", code);
    expect(await target.publish()).toBe(join(root, "a.txt"));
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("hello");
    expect(readdirSync(root)).toEqual(["a.txt"]);
    expect(target.notices).toEqual([]);
  });

  // proves: transfer/arrived-is-kept
  it.each(RENAME_FAILURES)("is copied if neither a link nor a rename is possible (%s)", async (code) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root }, "x".repeat(3 * MIB));
    failing("link", code);
    failing("rename", code);
    expect(await target.publish()).toBe(join(root, "a.txt"));
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("x".repeat(3 * MIB));
    expect(readdirSync(root)).toEqual(["a.txt"]);
  });

  // proves: transfer/nothing-replaced, transfer/arrived-is-kept
  it.each<[string, () => void]>([
    ["renamed", () => failing("link", "EPERM")],
    [
      "copied",
      () => {
        failing("link", "EPERM");
        failing("rename", "EXDEV");
      },
    ],
  ])("that has to be %s does not replace what has appeared meanwhile", async (_, refuse) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root });
    writeFileSync(join(root, "a.txt"), "theirs");
    refuse();
    expect(await target.publish()).toBe(join(root, "a (1).txt"));
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("theirs");
    expect(readFileSync(join(root, "a (1).txt"), "utf8")).toBe("hello");
  });

  // proves: transfer/arrived-is-kept
  it.each(RENAME_FAILURES)(
    "that cannot replace another one (%s) leaves it as it was, and gets another name",
    async (code) => {
      const root = sandbox();
      writeFileSync(join(root, "a.txt"), "old");
      const target = await newFile("a.txt", { directory: root, overwrite: true });
      failing("rename", code);
      expect(await target.publish()).toBe(join(root, "a (1).txt"));
      expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("old");
      expect(readFileSync(join(root, "a (1).txt"), "utf8")).toBe("hello");
    },
  );

  // proves: transfer/arrived-is-kept
  it.each(["EACCES", "EROFS", "ENOSPC"])(
    "that can get no name at all (%s) is kept, and the error says where",
    async (code) => {
      const root = sandbox();
      const target = await newFile("a.txt", { directory: root });
      failing("link", code);
      failing("rename", code);
      failing("open", code);
      const error = await target.publish().catch((caught: unknown) => caught);
      await target.discard();
      const [part = ""] = parts(root);
      const kept = join(root, part, "file");
      expect(error).toMatchObject({
        code: "cannot-store",
        message: expect.stringContaining(`Everything has arrived, but '${join(root, "a.txt")}' cannot be created: `),
      });
      expect((error as Error).message.endsWith(`It was kept at '${kept}'.`)).toBe(true);
      expect(readFileSync(kept, "utf8")).toBe("hello");
    },
  );
});

describe("whatever the file system refuses at the last step, a folder", () => {
  // proves: transfer/arrived-is-kept
  it.each(RENAME_FAILURES)("is unpacked under its name if it cannot be moved (%s)", async (code) => {
    const root = sandbox();
    const target = await newFolder("d", { directory: root });
    failing("rename", code);
    expect(await target.publish()).toBe(join(root, "d"));
    expect(readdirSync(root)).toEqual(["d"]);
    expect(readdirSync(join(root, "d"))).toEqual(["inside"]);
  });

  // proves: transfer/nothing-replaced, transfer/arrived-is-kept
  it("that cannot be moved does not replace what has appeared meanwhile", async () => {
    const root = sandbox();
    const target = await newFolder("d", { directory: root });
    writeFileSync(join(root, "d"), "theirs");
    failing("rename", "EXDEV");
    expect(await target.publish()).toBe(join(root, "d (1)"));
    expect(readFileSync(join(root, "d"), "utf8")).toBe("theirs");
  });
});

describe("a read-only folder", () => {
  const readOnly = async (root: string) => {
    const target = await newFolder("d", { directory: root });
    const tree = join(root, parts(root)[0] ?? "", "tree");
    mkdirSync(join(tree, "sub"));
    writeFileSync(join(tree, "sub", "x"), "x");
    for (const path of [join(tree, "sub"), tree]) chmodSync(path, 0o555);
    return target;
  };
  onlyAsUser("arrives, and stays read-only", async (root) => {
    const target = await readOnly(root);
    expect(await target.publish()).toBe(join(root, "d"));
    expect(statSync(join(root, "d")).mode & 0o777).toBe(0o555);
    expect(readdirSync(root)).toEqual(["d"]);
  });

  // proves: transfer/final-name
  onlyAsUser("leaves nothing behind when it is discarded", async (root) => {
    const target = await readOnly(root);
    await target.discard();
    expect(readdirSync(root)).toEqual([]);
  });
});

/** A test that runs without the rights of root, which may write anywhere. */
function onlyAsUser(title: string, body: (root: string) => Promise<void>): void {
  const isRoot = process.geteuid?.() === 0;
  it.skipIf(isRoot && process.platform !== "linux")(title, async () => {
    const root = sandbox();
    if (isRoot) {
      chownSync(root, 65534, 65534);
      process.seteuid?.(65534);
    }
    try {
      await body(root);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
}

describe("if the file system refuses,", () => {
  // Root may write anywhere, so the system's error is injected.
  it("a target cannot be created, and the error names the final path", async () => {
    const root = sandbox();
    const expectations: [() => Promise<unknown>, string][] = [
      [() => newFile("a.txt", { directory: root }), `'${join(root, "a.txt")}' cannot be stored: permission denied.`],
      [() => newFolder("d", { directory: root }), `'${join(root, "d")}' cannot be stored: permission denied.`],
    ];
    for (const [begin, message] of expectations) {
      vi.mocked(fs.mkdir).mockRejectedValueOnce(failure("EACCES"));
      await expect(begin()).rejects.toThrow(message);
    }
    vi.mocked(fs.mkdir).mockRejectedValueOnce(failure("ENOSPC"));
    await expect(newFolder("d", { directory: root })).rejects.toThrow(
      `There is no space left to store '${join(root, "d")}'.`,
    );
    expect(readdirSync(root)).toEqual([]);
  });

  it.each<[string, () => Promise<void>]>([
    ["the file system refuses it", () => Promise.reject(failure("EINVAL"))],
    [
      "the runtime cannot do it",
      () => {
        throw failure("ERR_METHOD_NOT_IMPLEMENTED");
      },
    ],
  ])("a folder whose names cannot be synced is stored nevertheless: %s", async (_, sync) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root });
    (await spyOnFiles("sync")).mockImplementation(sync);
    await target.publish();
    expect(readdirSync(root)).toEqual(["a.txt"]);
    expect(target.notices).toEqual([]);
  });

  it("a private folder that cannot be removed costs nothing", async () => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root });
    const [part = ""] = parts(root);
    writeFileSync(join(root, part, "theirs"), "");
    await target.publish();
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("hello");
    expect(() => rmdirSync(join(root, part))).toThrow(/ENOTEMPTY/);
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
    expect(error).toMatchObject({ message, code: peerMessage === "receiver disk full" ? "no-space" : "cannot-store" });
    expect(peerMessageOf(error)).toBe(peerMessage);
  });

  it("that does not come from the system is returned unchanged", () => {
    for (const error of [new TransferError("refused"), new Error("no code"), "text", undefined]) {
      expect(storageError("/in/a", error)).toBe(error);
    }
  });
});
