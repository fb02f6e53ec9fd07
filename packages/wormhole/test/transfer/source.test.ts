import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { UnsendableFileError } from "../../src/errors.ts";
import { deviceSize } from "../../src/transfer/files/device-size.node.ts";
import { openSource } from "../../src/transfer/source.node.ts";
import { gather, sandbox } from "./sandbox.ts";

const PIECE = 256 * 1024;
const content = (length: number) => Buffer.alloc(length, "0123456789abcdef-").fill("é", length >> 1);

async function source(path: string) {
  const opened = await openSource(path);
  onTestFinished(() => opened.close());
  return opened;
}

describe("a file", () => {
  it.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])("of %d bytes is read whole", async (size) => {
    const path = join(sandbox(), "a.bin");
    writeFileSync(path, content(size));
    const file = await source(path);
    expect(file.offer).toEqual({ kind: "file", filename: "a.bin", filesize: size });
    expect(Buffer.compare(await gather(file.pieces()), content(size))).toBe(0);
  });

  it("is offered under the name of the link that leads to it, and with a name composed of the path", async () => {
    const folder = sandbox();
    writeFileSync(join(folder, "target"), "hello");
    symlinkSync("target", join(folder, "link"));
    expect((await source(join(folder, "link"))).offer).toMatchObject({ filename: "link", filesize: 5 });
    mkdirSync(join(folder, "d"));
    expect((await source(`${folder}/d/../d/.`)).offer).toMatchObject({ kind: "directory", dirname: "d" });
    expect((await source(`${folder}/d//`)).offer).toMatchObject({ dirname: "d" });
  });

  it.each([0, 5, PIECE, PIECE + 5])("of %d bytes that has grown is an error", async (size) => {
    const path = join(sandbox(), "log");
    writeFileSync(path, content(size));
    const file = await source(path);
    appendFileSync(path, "more");
    await expect(gather(file.pieces())).rejects.toThrow(/'.*log' grew while it was being sent/);
  });

  it("that grows is found out before its last piece is given", async () => {
    const path = join(sandbox(), "log");
    writeFileSync(path, content(2 * PIECE));
    const file = await source(path);
    let given = 0;
    const reading = (async () => {
      for await (const piece of file.pieces()) {
        given += piece.length;
        if (given === PIECE) appendFileSync(path, "x");
      }
    })();
    await expect(reading).rejects.toThrow(UnsendableFileError);
    expect(given).toBe(PIECE);
  });

  it.each([0, 4, PIECE])("that has shrunk to %d bytes is an error", async (size) => {
    const path = join(sandbox(), "log");
    writeFileSync(path, content(3 * PIECE));
    const file = await source(path);
    truncateSync(path, size);
    await expect(gather(file.pieces())).rejects.toThrow(/shrank/);
  });

  it("that has vanished is sent all the same: it is open", async () => {
    const path = join(sandbox(), "a");
    writeFileSync(path, "hello");
    const file = await source(path);
    rmSync(path);
    expect(Buffer.from(await gather(file.pieces())).toString()).toBe("hello");
  });

  it("may be left in the middle", async () => {
    const path = join(sandbox(), "a");
    writeFileSync(path, content(5 * PIECE));
    for await (const _ of (await source(path)).pieces()) break;
  });

  it.runIf(process.platform === "linux")("whose size is a lie, as in /proc, is an error", async () => {
    await expect(gather((await source("/proc/self/status")).pieces())).rejects.toThrow(/grew/);
  });
});

describe("what is neither file nor folder", () => {
  it("that is missing is an error with the path", async () => {
    const path = join(sandbox(), "missing\x1b");
    const error = await openSource(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnsendableFileError);
    expect(error).toMatchObject({
      path,
      code: "unsendable-file",
      message: expect.stringMatching(/missing\\x1b.*nothing of that name/),
    });
  });

  it("a link to nowhere, and one to itself", async () => {
    const folder = sandbox();
    symlinkSync("nowhere", join(folder, "dangling"));
    symlinkSync("loop", join(folder, "loop"));
    await expect(openSource(join(folder, "dangling"))).rejects.toThrow(/nothing of that name/);
    await expect(openSource(join(folder, "loop"))).rejects.toThrow(/loop/);
  });

  it.runIf(process.platform !== "win32")("a pipe is refused without being opened", async () => {
    const path = join(sandbox(), "pipe");
    execFileSync("mkfifo", [path]);
    await expect(openSource(path)).rejects.toThrow(/a named pipe/);
  });

  it.runIf(process.platform !== "win32")("a socket and a character device are refused", async () => {
    const path = join(sandbox(), "socket");
    const server = createServer().listen(path);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    await expect(openSource(path)).rejects.toThrow(/a socket/);
    await expect(openSource("/dev/null")).rejects.toThrow(/a character device/);
  });

  it("the root of a file system has no name", async () => {
    await expect(openSource("/")).rejects.toThrow(/no name/);
  });
});

it.each([0, 1, 2, 3, 4, 5, 511, 512, 513, 100_000])("a device of %d bytes is measured", async (size) => {
  const path = join(sandbox(), "device");
  writeFileSync(path, content(size));
  await using file = await open(path);
  expect(await deviceSize(file)).toBe(size);
});
