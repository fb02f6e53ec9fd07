/** Outputs that are written to and never replaced: pipes, devices, and descriptors. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { decide } from "../../../src/transfer/storing/destination.node.ts";
import { findStream } from "../../../src/transfer/storing/stream-output.node.ts";
import { streamTarget, type Target } from "../../../src/transfer/storing/target.node.ts";
import { follow, Pair } from "../pair.ts";
import { sandbox } from "../sandbox.ts";
import { bytes, file, place } from "./storing.ts";

const onLinux = process.platform === "linux";
const never = new AbortController().signal;

async function target(path: string, signal = never): Promise<Target> {
  const opened = await place({ output: path });
  const { destination } = await decide(file("a"), opened, { overwrite: false, ignoreSpace: false });
  if (destination?.kind !== "stream") throw new Error("This is not a stream.");
  return streamTarget(destination.output, signal);
}

function fifo(): string {
  const path = join(sandbox(), "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

/** A program that reads a pipe to its end. */
function reader(path: string): { child: ChildProcess; read: Promise<string> } {
  const child = spawn("cat", [path], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill());
  let text = "";
  child.stdout.on("data", (piece: Buffer) => (text += piece.toString()));
  return { child, read: new Promise((done) => child.on("close", () => done(text))) };
}

describe.skipIf(process.platform === "win32")("an output is a stream:", () => {
  it.each<[string, (root: string) => string]>([
    ["a device", () => "/dev/null"],
    ["a link to a device", (root) => linkTo(root, "/dev/null")],
    ["a chain of links to a device", (root) => linkTo(root, linkTo(root, "/dev/full", "first"))],
    [
      "a pipe",
      (root) => {
        execFileSync("mkfifo", [join(root, "pipe")]);
        return join(root, "pipe");
      },
    ],
    [
      "a link to a pipe",
      (root) => {
        execFileSync("mkfifo", [join(root, "pipe")]);
        return linkTo(root, "pipe");
      },
    ],
    ["the standard output", () => "/dev/stdout"],
    ["the standard error", () => "/dev/stderr"],
    ["a descriptor", () => "/dev/fd/1"],
    ["a link to the standard output", (root) => linkTo(root, "/dev/stdout")],
    ["a descriptor through a link to their folder", (root) => join(linkTo(root, "/dev/fd"), "1")],
    ...(onLinux
      ? ([
          ["a descriptor in /proc/self", () => "/proc/self/fd/1"],
          ["a descriptor by the number of this process", () => `/proc/${process.pid}/fd/1`],
          ["a descriptor in /proc/thread-self", () => "/proc/thread-self/fd/1"],
        ] satisfies [string, () => string][])
      : []),
  ])("%s", async (_, make) => {
    const root = sandbox();
    const found = await place({ output: make(root) });
    expect(found.kind).toBe("stream");
  });

  it.each<[string, (root: string) => string]>([
    [
      "a file",
      (root) => {
        writeFileSync(join(root, "f"), "");
        return join(root, "f");
      },
    ],
    [
      "a link to a file",
      (root) => {
        writeFileSync(join(root, "f"), "");
        return linkTo(root, "f");
      },
    ],
    ["a dangling link", (root) => linkTo(root, "nowhere")],
    ["a loop of links", (root) => linkTo(root, "link")],
    ["a folder", (root) => root],
    ["a new name", (root) => join(root, "new")],
    [
      "a number in a folder with the name fd",
      (root) => {
        mkdirSync(join(root, "fd"));
        return join(root, "fd", "1");
      },
    ],
  ])("not %s", async (_, make) => {
    expect(await findStream(make(sandbox()))).toBeUndefined();
  });
});

function linkTo(root: string, to: string, name = "link"): string {
  symlinkSync(to, join(root, name));
  return join(root, name);
}

describe.skipIf(process.platform === "win32")("a stream", () => {
  it("gets the bytes in order, and stays what it is", async () => {
    const path = fifo();
    const { read } = reader(path);
    const output = await target(path);
    await output.write(bytes("hello "));
    await output.write(bytes("world"));
    expect(await output.publish()).toBe(path);
    expect(await read).toBe("hello world");
    expect(statSync(path).isFIFO()).toBe(true);
  });

  it("may be reached by a link, which stays, too", async () => {
    const path = fifo();
    const link = linkTo(sandbox(), path);
    const { read } = reader(path);
    const output = await target(link);
    await output.write(bytes("hello"));
    await output.publish();
    expect(await read).toBe("hello");
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it("waits for a slow reader, without loss", async () => {
    const path = fifo();
    const child = spawn("sh", ["-c", 'exec 3<"$0"; sleep 0.3; cat <&3 | wc -c', path], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const count = new Promise<string>((done) => child.stdout.on("data", (text: Buffer) => done(text.toString())));
    const output = await target(path);
    for (let i = 0; i < 8; i++) await output.write(new Uint8Array(100_000));
    await output.publish();
    expect((await count).trim()).toBe("800000");
  });

  it("without a reader is waited for", async () => {
    const path = fifo();
    const opening = target(path);
    await setTimeout(100);
    const { read } = reader(path);
    await (await opening).publish();
    expect(await read).toBe("");
  });

  it("without a reader is no longer waited for when the transfer ends", async () => {
    const controller = new AbortController();
    const opening = target(fifo(), controller.signal);
    await setTimeout(50);
    controller.abort();
    await expect(opening).rejects.toThrow();
  });

  it("that is full is no longer waited for when the transfer ends", async () => {
    const path = fifo();
    const held = openSync(path, "r+");
    onTestFinished(() => closeSync(held));
    const controller = new AbortController();
    const output = await target(path, controller.signal);
    const writing = output.write(new Uint8Array(1_000_000));
    await setTimeout(50);
    controller.abort();
    await expect(writing).rejects.toThrow();
    await output.discard();
  });

  it("whose reader ends is an error with a reason", async () => {
    const path = fifo();
    const { child, read } = reader(path);
    const output = await target(path);
    await output.write(bytes("x"));
    child.kill();
    await read;
    const error = await output.write(bytes("y")).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "cannot-store",
      message: expect.stringMatching(/program that reads it has ended/),
    });
    await output.discard();
  });

  it("that is full for ever is an error of space", async () => {
    const output = await target("/dev/full");
    await expect(output.write(bytes("x"))).rejects.toMatchObject({ code: "no-space" });
    await output.discard();
    expect(statSync("/dev/full").isCharacterDevice()).toBe(true);
  });

  it("that is a device of no interest takes everything", async () => {
    const output = await target("/dev/null");
    await output.write(new Uint8Array(3_000_000));
    expect(await output.publish()).toBe("/dev/null");
    expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
  });

  const replacements: [string, (path: string) => void][] = [
    ["a file", (path) => writeFileSync(path, "theirs")],
    [
      "a link to a file",
      (path) => {
        writeFileSync(`${path}-file`, "theirs");
        symlinkSync(`${path}-file`, path);
      },
    ],
    [
      "another pipe",
      (path) => {
        execFileSync("mkfifo", [path]);
        void open(path, "r+").then((handle) => setTimeout(300).then(() => handle.close()));
      },
    ],
  ];
  it.each(replacements)("that was replaced by %s is an error, and nothing is written to that", async (_, replace) => {
    const path = fifo();
    const opened = await place({ output: path });
    const { destination } = await decide(file("a"), opened, { overwrite: true, ignoreSpace: false });
    if (destination?.kind !== "stream") throw new Error("This is not a stream.");
    // The old one must not give its number to the new one.
    renameSync(path, `${path}-old`);
    replace(path);
    await expect(streamTarget(destination.output, never)).rejects.toMatchObject({
      code: "cannot-store",
      message: expect.stringMatching(/replaced by something else/),
    });
    if (statSync(path).isFile()) expect(readFileSync(path, "utf8")).toBe("theirs");
  });

  it("that is a descriptor of a file is written to where the descriptor stands", async () => {
    const path = join(sandbox(), "out");
    const descriptor = openSync(path, "a");
    onTestFinished(() => closeSync(descriptor));
    writeSync(descriptor, "before ");
    const output = await target(`/dev/fd/${descriptor}`);
    await output.write(bytes("hello "));
    await output.publish();
    writeSync(descriptor, "after");
    expect(readFileSync(path, "utf8")).toBe("before hello after");
  });

  it("receives a whole transfer, and leaves no part file beside it", async () => {
    const root = sandbox();
    writeFileSync(join(root, "a.bin"), "x".repeat(300_000));
    const path = join(root, "pipe");
    execFileSync("mkfifo", [path]);
    const { read } = reader(path);
    const pair = new Pair();
    const sender = pair.sendPath(join(root, "a.bin"));
    const receiver = pair.receive(await sender.code, { directory: root, output: "pipe" });
    await Promise.all([follow(sender), follow(receiver)]);
    expect(await receiver.done).toMatchObject({ kind: "file", path });
    expect((await read).length).toBe(300_000);
    expect(readdirSync(root).sort()).toEqual(["a.bin", "pipe"]);
  });

  it("takes no folder, and the sender learns it", async () => {
    const root = sandbox();
    mkdirSync(join(root, "d"));
    const pair = new Pair();
    const sender = pair.sendPath(join(root, "d"));
    const receiver = pair.receive(await sender.code, { output: "/dev/null", accept: true });
    await expect(receiver.done).rejects.toMatchObject({
      code: "cannot-store",
      message: expect.stringMatching(/not a folder/),
    });
    await expect(sender.done).rejects.toMatchObject({ code: "cannot-store" });
  });
});
