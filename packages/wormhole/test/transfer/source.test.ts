/** Sources: files, folders and devices that are opened to be sent. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { UnsendableFileError } from "../../src/errors.ts";
import { deviceSize } from "../../src/transfer/reading/device-size.node.ts";
import { readExactly } from "../../src/transfer/reading/read-file.node.ts";
import { openSource } from "../../src/transfer/source.node.ts";
import { gather, sandbox } from "./sandbox.ts";

// Wrapped, so that a test can make one call fail.
vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof fs>();
  return { ...real, open: vi.fn(real.open) };
});

const PIECE_BYTES = 256 * 1024;
const content = (length: number) => Buffer.alloc(length, "0123456789abcdef-").fill("é", length >> 1);

/** Opens a path, and returns what is offered, with the paths of files that turn out to have grown. */
async function source(path: string) {
  const grown: string[] = [];
  const opened = await openSource(path, {
    report: (event) => "notice" in event && event.notice === "grown" && grown.push(event.path),
  });
  onTestFinished(() => opened.close());
  return { ...opened.offerTo({}), grown };
}

describe("a file", () => {
  it.each([0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES, 3 * PIECE_BYTES + 17])(
    "of %d bytes is read completely",
    async (size) => {
      const path = join(sandbox(), "a.bin");
      writeFileSync(path, content(size));
      const file = await source(path);
      expect(file.offer).toEqual({ kind: "file", filename: "a.bin", filesize: size });
      expect(Buffer.compare(await gather(file.pieces()), content(size))).toBe(0);
    },
  );

  it("is offered under the last component of its path, even if that is a link", async () => {
    const folder = sandbox();
    writeFileSync(join(folder, "target"), "hello");
    symlinkSync("target", join(folder, "link"));
    expect((await source(join(folder, "link"))).offer).toMatchObject({ filename: "link", filesize: 5 });
    mkdirSync(join(folder, "d"));
    expect((await source(`${folder}/d/../d/.`)).offer).toMatchObject({ kind: "directory", dirname: "d" });
    expect((await source(`${folder}/d//`)).offer).toMatchObject({ dirname: "d" });
  });

  it.each([0, 5, PIECE_BYTES, PIECE_BYTES + 5])(
    "of %d bytes that has grown is sent as announced, with a notice",
    async (size) => {
      const path = join(sandbox(), "log");
      writeFileSync(path, content(size));
      const file = await source(path);
      appendFileSync(path, "more");
      expect(Buffer.compare(await gather(file.pieces()), content(size))).toBe(0);
      expect(file.grown).toEqual(["log"]);
    },
  );

  it.each([0, 4, PIECE_BYTES])("that has shrunk to %d bytes is an error", async (size) => {
    const path = join(sandbox(), "log");
    writeFileSync(path, content(3 * PIECE_BYTES));
    const file = await source(path);
    truncateSync(path, size);
    await expect(gather(file.pieces())).rejects.toMatchObject({
      code: "source-changed",
      message: expect.stringMatching(/has become shorter/),
    });
  });

  it("that was deleted is sent nevertheless, because it is open", async () => {
    const path = join(sandbox(), "a");
    writeFileSync(path, "hello");
    const file = await source(path);
    rmSync(path);
    expect(Buffer.from(await gather(file.pieces())).toString()).toBe("hello");
  });

  it("may be left before its end, even if the read ahead fails", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    onTestFinished(() => void process.off("unhandledRejection", unhandled));
    const read = vi.fn().mockResolvedValueOnce({ bytesRead: PIECE_BYTES }).mockRejectedValueOnce(new Error("EIO"));
    const file = { read } as unknown as fs.FileHandle;
    for await (const _ of readExactly(file, 5 * PIECE_BYTES, { shown: "a", grown() {} })) break;
    await new Promise(setImmediate);
    expect(read).toHaveBeenCalledTimes(2);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe("something that cannot be sent", () => {
  it("a missing path is an error that names it", async () => {
    const path = join(sandbox(), "missing\x1b");
    const error = await openSource(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UnsendableFileError);
    expect(error).toMatchObject({
      path,
      code: "unsendable-file",
      message: expect.stringMatching(/missing\\x1b.*does not exist/),
    });
  });

  it("a dangling link and a link to itself are errors", async () => {
    const folder = sandbox();
    symlinkSync("nowhere", join(folder, "dangling"));
    symlinkSync("loop", join(folder, "loop"));
    await expect(openSource(join(folder, "dangling"))).rejects.toThrow(
      /it is a link to 'nowhere', which does not exist/,
    );
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

  // Root can read every file, so the error is injected.
  it("a file that cannot be opened is an error that names it", async () => {
    const path = join(sandbox(), "a");
    writeFileSync(path, "hello");
    vi.mocked(fs.open).mockRejectedValueOnce(Object.assign(new Error("EACCES"), { code: "EACCES" }));
    await expect(openSource(path)).rejects.toThrow(`'${path}' cannot be sent: permission denied.`);
  });

  it.runIf(process.platform === "linux")("a file that is replaced by a device is refused and closed", async () => {
    const path = join(sandbox(), "a");
    writeFileSync(path, "hello");
    const device = await fs.open("/dev/null");
    vi.mocked(fs.open).mockResolvedValueOnce(device);
    await expect(openSource(path)).rejects.toThrow(/neither a file nor a folder/);
    expect(device.fd).toBe(-1);
  });

  it("the root of a file system is refused, because it has no name", async () => {
    await expect(openSource("/")).rejects.toThrow(/no name/);
  });
});

it.each([0, 1, 2, 3, 4, 5, 511, 512, 513, 100_000])("a device of %d bytes is measured", async (size) => {
  const path = join(sandbox(), "device");
  writeFileSync(path, content(size));
  await using file = await fs.open(path);
  expect(await deviceSize(file)).toBe(size);
});
