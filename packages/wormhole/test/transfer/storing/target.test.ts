/** Targets: how received data gets its final name, and what happens if it cannot have it. */
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { peerMessageOf } from "../../../src/transfer/local-error.ts";
import { HeldFolder } from "../../../src/transfer/storing/held-folder.node.ts";
import { folderTarget } from "../../../src/transfer/storing/target.node.ts";
import { sandbox } from "../sandbox.ts";
import { chosen, file, home, newFile, newFolder, parts } from "./storing.ts";

const umask = process.umask();
const onLinux = process.platform === "linux";

describe("a received file", () => {
  // proves: transfer/final-name
  it("is private and has no final name until it is complete", async () => {
    const root = home();
    const target = await newFile("a.txt", { directory: root }, "hel");
    const [part = "", ...more] = parts(root);
    expect(more).toEqual([]);
    expect(part).toMatch(/^\.[0-9a-f]{16}\..*\.wormhole-part$/);
    expect(statSync(join(root, part)).mode & 0o777).toBe(0o700);
    expect(readdirSync(root)).not.toContain("a.txt");
    await target.write(new TextEncoder().encode("lo"));
    expect(await target.publish()).toBe(join(root, "a.txt"));
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("hello");
    expect(statSync(join(root, "a.txt")).nlink).toBe(1);
    expect(parts(root)).toEqual([]);
    expect(target.notices).toEqual([]);
  });

  it.each([0o022, 0o077, 0o002, 0])(
    "has the permissions that the umask %o leaves, as files of other programs",
    async (mask) => {
      process.umask(mask);
      onTestFinished(() => void process.umask(umask));
      const root = home();
      const path = await (await newFile("a.txt", { directory: root })).publish();
      expect(statSync(path).mode & 0o777).toBe(0o666 & ~mask);
      const tree = await (await newFolder("d", { directory: root })).publish();
      expect(statSync(tree).mode & 0o777).toBe(0o777 & ~mask);
    },
  );

  // proves: transfer/default-rights
  it.skipIf(!canSetAcls()).each<[string, Acl]>([
    ["a group the right to write", { owner: 7, group: 5, groups: { 1: 7 }, mask: 7, other: 5 }],
    ["a user the right to write", { owner: 7, group: 0, users: { 65534: 6 }, mask: 6, other: 0 }],
    ["others no right", { owner: 7, group: 7, mask: 7, other: 0 }],
    ["the group fewer rights than one of its own", { owner: 7, group: 0, groups: { 1: 4 }, mask: 4, other: 0 }],
  ])("has what a default ACL gives to files of other programs, one that gives %s", async (_, acl) => {
    const root = sandbox();
    setDefaultAcl(root, acl);
    writeFileSync(join(root, "shell"), "");
    const path = await (await newFile("ours", { directory: root })).publish();
    expect(accessAcl(path)).toBe(accessAcl(join(root, "shell")));
    expect(statSync(path).mode).toBe(statSync(join(root, "shell")).mode);
  });

  it.skipIf(process.platform === "win32")("has the group that the folder gives", async () => {
    const root = sandbox();
    execFileSync("sh", ["-c", 'chgrp "$(id -G | tr " " "\n" | tail -n 1)" "$0" && chmod g+s "$0"', root]);
    const path = await (await newFile("a.txt", { directory: root })).publish();
    expect(statSync(path).gid).toBe(statSync(root).gid);
  });

  // proves: transfer/final-name
  it("leaves nothing behind when it is discarded", async () => {
    const root = home();
    const before = readdirSync(root);
    const target = await newFile("a.txt", { directory: root }, "x".repeat(1 << 20));
    await target.discard();
    await target.discard();
    expect(readdirSync(root)).toEqual(before);
  });

  // proves: transfer/final-name
  it("replaces a file only when it is complete, and a link instead of its target", async () => {
    const root = home();
    for (const name of ["file", "link"]) {
      const target = await newFile(name, { directory: root, overwrite: true }, `new ${name}`);
      if (name === "file") expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
      expect(await target.publish()).toBe(join(root, name));
    }
    expect(readFileSync(join(root, "file"), "utf8")).toBe("new file");
    expect(readFileSync(join(root, "link"), "utf8")).toBe("new link");
    expect(() => readlinkSync(join(root, "link"))).toThrow();
  });

  it("does not touch a link that was planted at NAME.tmp", async () => {
    const root = home();
    symlinkSync("file", join(root, "a.txt.tmp"));
    await (await newFile("a.txt", { directory: root })).publish();
    expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
    expect(readlinkSync(join(root, "a.txt.tmp"))).toBe("file");
  });

  it("holds what was written, even if the caller reuses its memory", async () => {
    const root = home();
    const target = await newFile("a.bin", { directory: root }, "");
    const piece = new Uint8Array(300_000);
    for (let i = 0; i < 8; i++) {
      piece.fill(i);
      await target.write(piece);
    }
    piece.fill(99);
    await target.publish();
    const expected = Buffer.concat(Array.from({ length: 8 }, (_, i) => Buffer.alloc(300_000, i)));
    expect(Buffer.compare(readFileSync(join(root, "a.bin")), expected)).toBe(0);
  });
});

/** A default ACL of a folder: rights as digits from 0 to 7, and users and groups by their numbers. */
interface Acl {
  owner: number;
  group: number;
  users?: Record<number, number>;
  groups?: Record<number, number>;
  mask: number;
  other: number;
}

/** Node has no functions for extended attributes, in which Linux keeps ACLs; Python has. */
const python = (program: string, ...parameters: string[]) =>
  execFileSync("python3", ["-c", `import os, sys\n${program}`, ...parameters], { encoding: "utf8", stdio: "pipe" });

function setDefaultAcl(path: string, { owner, group, users = {}, groups = {}, mask, other }: Acl): void {
  const anyone = 0xffffffff;
  const entries = [
    [1, owner, anyone],
    ...Object.entries(users).map(([id, rights]) => [2, rights, Number(id)]),
    [4, group, anyone],
    ...Object.entries(groups).map(([id, rights]) => [8, rights, Number(id)]),
    [16, mask, anyone],
    [32, other, anyone],
  ];
  const value = Buffer.alloc(4 + entries.length * 8);
  value.writeUInt32LE(2);
  entries.forEach(([tag = 0, rights = 0, id = 0], i) => {
    value.writeUInt16LE(tag, 4 + i * 8);
    value.writeUInt16LE(rights, 6 + i * 8);
    value.writeUInt32LE(id, 8 + i * 8);
  });
  python(
    "os.setxattr(sys.argv[1], 'system.posix_acl_default', bytes.fromhex(sys.argv[2]))",
    path,
    value.toString("hex"),
  );
}

const accessAcl = (path: string): string =>
  python("print(os.getxattr(sys.argv[1], 'system.posix_acl_access').hex())", path);

function canSetAcls(): boolean {
  const probe = mkdtempSync(join(tmpdir(), "wormhole-test-"));
  try {
    setDefaultAcl(probe, { owner: 7, group: 7, mask: 7, other: 0 });
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(probe);
  }
}

describe("a received folder", () => {
  // proves: transfer/final-name
  it("is unpacked in private, and moved to its destination in one step", async () => {
    const root = home();
    const target = await newFolder("d", { directory: root });
    const [staging = ""] = parts(root);
    expect(statSync(join(root, staging)).mode & 0o777).toBe(0o700);
    expect(await target.publish()).toBe(join(root, "d"));
    expect(readdirSync(join(root, "d"))).toEqual(["inside"]);
    expect(parts(root)).toEqual([]);
  });

  // proves: transfer/final-name
  it("leaves nothing behind when it is discarded", async () => {
    const root = home();
    const before = readdirSync(root);
    await (await newFolder("d", { directory: root })).discard();
    expect(readdirSync(root)).toEqual(before);
  });
});

const theirs = (path: string) => writeFileSync(path, "theirs");
const KINDS: [string, (path: string) => void][] = [
  ["a file", theirs],
  ["a link to a file", (path) => symlinkSync("file", path)],
  ["a dangling link", (path) => symlinkSync("nowhere", path)],
  ["a link to a folder", (path) => symlinkSync("folder", path)],
  ["an empty folder", (path) => mkdirSync(path)],
  [
    "a full folder",
    (path) => {
      mkdirSync(path);
      theirs(join(path, "theirs"));
    },
  ],
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
];

describe("if the name is taken when everything has arrived,", () => {
  // proves: transfer/nothing-replaced, transfer/arrived-is-kept
  it.each(KINDS)("by %s, a file is kept under another name", async (_, appear) => {
    const root = home();
    const target = await newFile("a.txt", { directory: root });
    appear(join(root, "a.txt"));
    const before = statSync(join(root, "a.txt"), { throwIfNoEntry: false });
    expect(await target.publish()).toBe(join(root, "a (1).txt"));
    expect(readFileSync(join(root, "a (1).txt"), "utf8")).toBe("hello");
    expect(target.notices).toEqual([{ notice: "renamed", path: "a.txt", storedAs: "a (1).txt" }]);
    expect(statSync(join(root, "a.txt"), { throwIfNoEntry: false })?.ino).toBe(before?.ino);
    expect(readFileSync(join(root, "file"), "utf8")).toBe("mine");
    expect(readdirSync(join(root, "folder"))).toEqual(["file"]);
    expect(parts(root)).toEqual([]);
  });

  // proves: transfer/nothing-replaced, transfer/arrived-is-kept
  it.each(KINDS)("by %s, a folder is kept under another name", async (_, appear) => {
    const root = home();
    const target = await newFolder("d", { directory: root });
    appear(join(root, "d"));
    expect(await target.publish()).toBe(join(root, "d (1)"));
    expect(readdirSync(join(root, "d (1)"))).toEqual(["inside"]);
    expect(target.notices).toEqual([{ notice: "renamed", path: "d", storedAs: "d (1)" }]);
    expect(readdirSync(join(root, "folder"))).toEqual(["file"]);
    expect(parts(root)).toEqual([]);
  });

  // proves: transfer/nothing-replaced, transfer/arrived-is-kept
  it.each<[string, (path: string) => void]>([
    [
      "another file",
      (path) => {
        rmSync(path);
        theirs(path);
      },
    ],
    ["a newer version", (path) => theirs(path)],
    [
      "a link",
      (path) => {
        rmSync(path);
        symlinkSync("folder/file", path);
      },
    ],
    [
      "a folder",
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
  ])("by %s than the one that was to be replaced, that one stays", async (_, change) => {
    const root = home();
    const target = await newFile("file", { directory: root, overwrite: true });
    change(join(root, "file"));
    const before = statSync(join(root, "file"));
    expect(await target.publish()).toBe(join(root, "file (1)"));
    expect(statSync(join(root, "file"))).toMatchObject({ ino: before.ino, size: before.size });
    expect(readFileSync(join(root, "folder", "file"), "utf8")).toBe("mine, too");
  });

  it("and the numbered ones are taken, too, the next free number is used", async () => {
    const root = home();
    const target = await newFile("a.txt", { directory: root });
    for (const name of ["a.txt", "a (1).txt", "a (2).txt"]) theirs(join(root, name));
    expect(await target.publish()).toBe(join(root, "a (3).txt"));
  });

  it("a file that was to be replaced and is gone makes no difference", async () => {
    const root = home();
    const target = await newFile("file", { directory: root, overwrite: true });
    rmSync(join(root, "file"));
    expect(await target.publish()).toBe(join(root, "file"));
  });
});

/** Makes this process one in which folders are reached by their paths only, as on macOS. */
function withoutHandles(): void {
  const before = Object.getOwnPropertyDescriptor(process, "permission");
  Object.defineProperty(process, "permission", { value: {}, configurable: true });
  onTestFinished(() => {
    if (before === undefined) Reflect.deleteProperty(process, "permission");
    else Object.defineProperty(process, "permission", before);
  });
}

describe("where folders cannot be held,", () => {
  const make = { file: newFile, folder: newFolder };

  it.each(["file", "folder"] as const)("a %s arrives as elsewhere", async (kind) => {
    withoutHandles();
    const root = home();
    expect(await (await make[kind]("a", { directory: root })).publish()).toBe(join(root, "a"));
    expect(parts(root)).toEqual([]);
    const discarded = await make[kind]("b", { directory: root });
    await discarded.discard();
    expect(readdirSync(root)).not.toContain("b");
    expect(parts(root)).toEqual([]);
  });

  // proves: transfer/held-folder
  it.each<["file" | "folder", string, (inbox: string) => void]>([
    ["file", "another folder", (inbox) => mkdirSync(inbox)],
    ["file", "a link", (inbox) => symlinkSync("folder", inbox)],
    ["folder", "another folder", (inbox) => mkdirSync(inbox)],
    ["folder", "a link", (inbox) => symlinkSync("folder", inbox)],
  ])("a %s never goes into %s that has replaced the folder", async (kind, _, replace) => {
    withoutHandles();
    const root = home();
    const inbox = join(root, "inbox");
    mkdirSync(inbox);
    const target = await make[kind]("a", { directory: inbox });
    renameSync(inbox, join(root, "moved"));
    replace(inbox);
    const before = readdirSync(inbox);
    await expect(target.publish()).rejects.toThrow(/was moved or replaced/);
    await target.discard();
    expect(readdirSync(inbox)).toEqual(before);
  });
});

describe.skipIf(!onLinux)("if the folder's path leads elsewhere during the transfer,", () => {
  const make = { file: newFile, folder: newFolder };
  const begin = async (kind: keyof typeof make) => {
    const root = home();
    const inbox = join(root, "inbox");
    mkdirSync(inbox);
    const target = await make[kind]("a", { directory: inbox });
    return { root, inbox, target };
  };

  // proves: transfer/held-folder
  it.each(["file", "folder"] as const)("a %s still arrives in the folder, which was renamed", async (kind) => {
    const { root, inbox, target } = await begin(kind);
    renameSync(inbox, join(root, "moved"));
    expect(await target.publish()).toBe(join(root, "moved", "a"));
    expect(readdirSync(join(root, "moved"))).toEqual(["a"]);
  });

  // proves: transfer/held-folder
  it.each(["file", "folder"] as const)("a %s never goes where a link leads that replaced it", async (kind) => {
    const { root, inbox, target } = await begin(kind);
    renameSync(inbox, join(root, "moved"));
    mkdirSync(join(root, "victim"));
    symlinkSync("victim", inbox);
    expect(await target.publish()).toBe(join(root, "moved", "a"));
    expect(readdirSync(join(root, "victim"))).toEqual([]);
  });

  // proves: transfer/held-folder
  it.each(["file", "folder"] as const)("a %s that is discarded leaves nothing in any of the two", async (kind) => {
    const { root, inbox, target } = await begin(kind);
    renameSync(inbox, join(root, "moved"));
    mkdirSync(inbox);
    await target.discard();
    expect([readdirSync(inbox), readdirSync(join(root, "moved"))]).toEqual([[], []]);
  });

  it.each(["file", "folder"] as const)(
    "or the folder is deleted, a %s is an error, and nothing else is touched",
    async (kind) => {
      const { root, inbox, target } = await begin(kind);
      rmSync(inbox, { recursive: true });
      await expect(target.publish()).rejects.toMatchObject({ code: "cannot-store" });
      await target.discard();
      expect(readdirSync(root)).not.toContain("inbox");
    },
  );

  it("the private folder's contents stay with it, and a link in its place is left alone", async () => {
    const { root, inbox, target } = await begin("file");
    const [part = ""] = parts(inbox);
    renameSync(join(inbox, part), join(root, "stolen"));
    mkdirSync(join(root, "victim"));
    writeFileSync(join(root, "victim", "file"), "theirs");
    symlinkSync("../victim", join(inbox, part));
    expect(await target.publish()).toBe(join(inbox, "a"));
    expect(readFileSync(join(inbox, "a"), "utf8")).toBe("hello");
    expect(readFileSync(join(root, "victim", "file"), "utf8")).toBe("theirs");
  });
});

it("no handle stays open, however a target ends", async () => {
  const open = () => (onLinux ? readdirSync("/proc/self/fd").length : 0);
  const root = home();
  const { place } = await import("./storing.ts");
  const { closePlace } = await import("../../../src/transfer/storing/place.node.ts");
  const before = open();
  await closePlace(await place({ directory: root }));
  await closePlace(await place({ directory: root, output: "new" }));
  expect(open()).toBe(before);
  const targets = [
    await newFile("a", { directory: root }),
    await newFolder("b", { directory: root }),
    await newFile("c", { directory: root }),
  ];
  const [first, second, third] = targets;
  await first?.publish();
  await second?.publish();
  await third?.discard();
  // The places of the targets are closed when the test ends.
  expect(open()).toBe(before + (onLinux ? targets.length : 0));
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
    const error = await chosen(file("a", 5 << 20), { directory: smallDisk() }).catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(/not enough space/) });
    expect(peerMessageOf(error)).toBe("receiver disk full");
  });

  // proves: transfer/disk-full
  it("ends the transfer if it fills up meanwhile, and leaves nothing behind", async () => {
    const disk = smallDisk();
    const target = await newFile("a", { directory: disk });
    writeFileSync(join(disk, "other"), new Uint8Array(3 << 20));
    const writing = (async () => {
      for (let i = 0; i < 12; i++) await target.write(new Uint8Array(256 * 1024).fill(1));
      await target.publish();
    })();
    const error = await writing.catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(/no space left to store '.*\/a'/) });
    expect(peerMessageOf(error)).toBe("receiver disk full");
    await target.discard();
    expect(readdirSync(disk)).toEqual(["other"]);
  });
});

describe("what another program has done to the bytes that have arrived is never stored as what was sent:", () => {
  /** What happens to the temporary file, at its path. */
  const deeds: [string, (path: string) => void][] = [
    [
      "it was replaced by another file",
      (path) => {
        rmSync(path);
        writeFileSync(path, "other");
      },
    ],
    [
      "it was replaced by a link to a file of the same size",
      (path) => {
        writeFileSync(`${path}2`, "hello");
        rmSync(path);
        symlinkSync("file2", path);
      },
    ],
    [
      "it was replaced by a folder",
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    ["it was removed", (path) => rmSync(path)],
    ["it was cut", (path) => truncateSync(path, 0)],
    ["it has grown", (path) => appendFileSync(path, "more")],
  ];

  // proves: transfer/acknowledged-when-stored
  it.each(deeds)("%s", async (_, deed) => {
    const root = sandbox();
    const target = await newFile("a.txt", { directory: root }, "x".repeat(3 << 20));
    const path = join(root, parts(root)[0] ?? "", "file");
    await vi.waitFor(() => expect(statSync(path).size).toBe(3 << 20));
    deed(path);
    await expect(target.publish()).rejects.toMatchObject({
      code: "cannot-store",
      message: expect.stringMatching(/another program has changed or removed it/),
    });
    expect(readdirSync(root).filter((name) => name.startsWith("a"))).toEqual([]);
  });

  it.each(deeds)("an archive that is to be unpacked: %s", async (_, deed) => {
    const root = sandbox();
    const unpacked: unknown[] = [];
    const destination = { folder: await HeldFolder.open(root), name: "d", path: join(root, "d"), replaces: undefined };
    onTestFinished(() => destination.folder.close());
    const target = await folderTarget(
      destination,
      () => {},
      async (archive) => void unpacked.push(archive),
    );
    await target.write(new Uint8Array(3 << 20));
    const path = join(root, parts(root)[0] ?? "", "zip");
    await vi.waitFor(() => expect(statSync(path).size).toBe(3 << 20));
    deed(path);
    await expect(target.unpack()).rejects.toMatchObject({ code: "cannot-store" });
    await target.discard();
    expect(unpacked).toEqual([]);
  });
});
