/** Sending blobs, bytes in memory and streams. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { receiveFile, sendFile } from "../../src/node.ts";
import type { ByteStream, FileSource, ReceiveFileOptions, SendFileOptions, Transfer } from "../../src/transfer/api.ts";
import { streamSource } from "../../src/transfer/stream-source.ts";
import { follow, Pair } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const PIECE_BYTES = 256 * 1024;
const LARGE = Buffer.alloc(3 * PIECE_BYTES + 5, "0123456789abcdef-");
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** A source whose stream gives these chunks. */
const chunks = (...given: unknown[]): ByteStream =>
  (async function* () {
    yield* given as Uint8Array[];
  })();

/** Sends a source, and receives it into a folder. Returns the results, or the errors with which they ended. */
async function send(source: unknown, options: Partial<SendFileOptions> = {}) {
  const pair = new Pair();
  const inbox = sandbox();
  const sender = sendFile(source as FileSource, { ...pair.options, ...options });
  const receiver = pair.receive(await sender.code, { directory: inbox });
  const [sent, received] = await outcomes(sender, receiver);
  return { sent, received, files: readdirSync(inbox), inbox };
}

async function outcomes(...transfers: Transfer<unknown>[]): Promise<unknown[]> {
  for (const transfer of transfers) follow(transfer).catch(() => {});
  return Promise.all(transfers.map(({ done }) => done.catch((error: unknown) => error)));
}

describe("what is sent as a file", () => {
  it.each<[string, unknown, string | undefined, Uint8Array]>([
    ["a Blob with a name", new Blob(["hel", "lo"]), "b.txt", bytes("hello")],
    ["a File under its own name", new File(["hello"], "b.txt"), undefined, bytes("hello")],
    ["a File under another name", new File(["hello"], "a.txt"), "b.txt", bytes("hello")],
    ["an empty Blob", new Blob([]), "b.txt", bytes("")],
    ["a large Blob", new Blob([LARGE]), "b.txt", LARGE],
    ["bytes in memory", bytes("hello"), "b.txt", bytes("hello")],
    ["a Buffer", Buffer.from("hello"), "b.txt", bytes("hello")],
    ["a part of a buffer", Buffer.from("xhellox").subarray(1, 6), "b.txt", bytes("hello")],
    ["bytes of another realm", runInNewContext("Uint8Array.of(104, 105)"), "b.txt", bytes("hi")],
    ["no bytes", new Uint8Array(), "b.txt", bytes("")],
    ["a generator", { name: "b.txt", size: 5, open: () => chunks(bytes("hel"), bytes(""), bytes("lo")) }, undefined, bytes("hello")],
    ["a stream of the web", { name: "b.txt", size: 5, open: () => new Blob(["hello"]).stream() }, undefined, bytes("hello")],
    ["a stream of Node", { name: "b.txt", size: LARGE.length, open: () => Readable.from([LARGE]) }, undefined, LARGE],
    ["a stream that is opened later", { name: "b.txt", size: 2, open: async () => chunks(bytes("hi")) }, undefined, bytes("hi")],
    ["an empty stream", { name: "b.txt", size: 0, open: () => chunks() }, undefined, bytes("")],
    ["a stream of many small chunks", { name: "b.txt", size: 300_000, open: () => chunks(...Array.from({ length: 3000 }, () => new Uint8Array(100))) }, undefined, new Uint8Array(300_000)],
    ["a stream of one huge chunk", { name: "b.txt", size: 2 * PIECE_BYTES, open: () => chunks(new Uint8Array(2 * PIECE_BYTES)) }, undefined, new Uint8Array(2 * PIECE_BYTES)],
  ])("may be %s", async (_, source, name, expected) => {
    const { sent, received, inbox } = await send(source, name === undefined ? {} : { name });
    expect(sent).toMatchObject({ kind: "file" });
    expect(received).toMatchObject({ kind: "file" });
    expect(Buffer.compare(readFileSync(join(inbox, "b.txt")), expected)).toBe(0);
  }); // biome-ignore format: a table

  it("is not changed by what the caller does with its memory", async () => {
    const pair = new Pair();
    const memory = bytes("hello");
    const sender = sendFile(memory, { ...pair.options, name: "a" });
    memory.fill(0);
    const receiver = receiveFile({ ...pair.options, code: await sender.code });
    const [, received] = await outcomes(sender, receiver);
    expect(received).toMatchObject({ bytes: bytes("hello") });
  });

  it("may use its memory again for each chunk", async () => {
    const memory = new Uint8Array(PIECE_BYTES);
    const open = async function* () {
      for (let i = 1; i <= 3; i++) yield memory.fill(i);
    };
    const { inbox } = await send({ name: "a", size: 3 * PIECE_BYTES, open });
    const received = readFileSync(join(inbox, "a"));
    expect([0, 1, 2].map((i) => received[i * PIECE_BYTES])).toEqual([1, 2, 3]);
  });
});

describe("before a code is used", () => {
  const open = () => chunks();
  it.each<[string, unknown, unknown, RegExp]>([
    ["a number", 42, "a", /source must be/],
    ["a string", "text", "a", /source must be/],
    ["nothing", undefined, "a", /source must be/],
    ["null", null, "a", /source must be/],
    ["an array", [bytes("a")], "a", /source must be/],
    ["a plain stream, whose size is unknown", new Blob([]).stream(), "a", /source must be/],
    ["other numbers", new Uint16Array(2), "a", /source must be/],
    ["a Blob without a name", new Blob(["x"]), undefined, /name must be a string/],
    ["bytes without a name", bytes("x"), undefined, /name must be a string/],
    ["a name that is a number", bytes("x"), 5, /name must be a string/],
    ["an empty name", bytes("x"), "", /without a path/],
    ["a name that is a path", bytes("x"), "a/b", /without a path/],
    ["a name that is a folder", bytes("x"), "..", /without a path/],
    ["a name with a zero byte", bytes("x"), "a\0", /without a path/],
    ["a negative size", { name: "a", size: -1, open }, undefined, /from 0 to/],
    ["a size that is no integer", { name: "a", size: 1.5, open }, undefined, /from 0 to/],
    ["a size beyond 2^53", { name: "a", size: 2 ** 53, open }, undefined, /from 0 to/],
    ["an infinite size", { name: "a", size: Number.POSITIVE_INFINITY, open }, undefined, /from 0 to/],
    ["a missing size", { name: "a", size: undefined, open }, undefined, /size must be a number/],
    ["a size that is a text", { name: "a", size: "5", open }, undefined, /size must be a number/],
    ["a stream in place of a function", { name: "a", size: 5, open: chunks() }, undefined, /source must be/],
  ])("%s is refused", (_, source, name, words) => {
    const pair = new Pair();
    expect(() => sendFile(source as Blob, { ...pair.options, name: name as string })).toThrow(words);
    expect(pair.server.received).toEqual([]);
  });
});

/** A stream that breaks when it has given a part. */
async function* broken(given: Uint8Array) {
  yield given;
  throw new Error("the disk is on fire");
}

describe("a stream that is not what was announced", () => {
  // proves: transfer/exact-source, transfer/failures-reported
  it.each<[string, number, () => unknown, RegExp]>([
    ["gives more", 5, () => chunks(bytes("hello!")), /more than the announced 5 bytes/],
    ["gives more in another chunk", 5, () => chunks(bytes("hello"), bytes("!")), /more than the announced/],
    ["gives more than nothing", 0, () => chunks(bytes("x")), /more than the announced 0 bytes/],
    ["gives more at a boundary of pieces", PIECE_BYTES, () => chunks(new Uint8Array(PIECE_BYTES), bytes("!")), /more than/],
    ["gives fewer", 5, () => chunks(bytes("hell")), /1 bytes fewer/],
    ["gives nothing", 5, () => chunks(), /5 bytes fewer/],
    ["gives fewer after many pieces", 3 * PIECE_BYTES, () => chunks(new Uint8Array(3 * PIECE_BYTES - 1)), /1 bytes fewer/],
    ["fails at once", 5, () => { throw new Error("no"); }, /can no longer be read/],
    ["cannot be opened", 5, () => Promise.reject(new Error("no")), /can no longer be read/],
    ["fails in the middle", 9, () => broken(bytes("hello")), /can no longer be read/],
    ["fails at the end", 5, () => broken(bytes("hello")), /can no longer be read/],
    ["fails although it is empty", 0, () => broken(bytes("")), /can no longer be read/],
    ["gives texts", 5, () => chunks("hello"), /not a Uint8Array/],
    ["gives nothing in particular", 5, () => chunks(undefined), /not a Uint8Array/],
    ["is an array", 5, () => [bytes("hello")], /can no longer be read/],
    ["is missing", 5, () => undefined, /can no longer be read/],
  ])("fails on both sides if it %s, and nothing is kept", async (_, size, open, words) => {
    const { sent, received, files } = await send({ name: "a", size, open });
    expect(sent).toMatchObject({ code: "source-changed", message: expect.stringMatching(words) });
    expect(received).toMatchObject({ code: "source-changed" });
    expect(files).toEqual([]);
  }); // biome-ignore format: a table

  // proves: transfer/exact-source
  it.each<[string, number, ByteStream]>([
    ["gives more", PIECE_BYTES, chunks(new Uint8Array(PIECE_BYTES), bytes("!"))],
    ["gives more after a short piece", 5, chunks(bytes("hello"), bytes("!"))],
    ["fails at its end", 2 * PIECE_BYTES, broken(new Uint8Array(2 * PIECE_BYTES))],
    ["fails at its end, after small chunks", PIECE_BYTES, broken(new Uint8Array(PIECE_BYTES))],
  ])("never gives its last piece if it %s", async (_, size, stream) => {
    const source = streamSource({ name: "a", size, open: () => stream }, new AbortController().signal);
    let given = 0;
    const reading = (async () => {
      for await (const piece of source.offerTo({}).pieces()) given += piece.length;
    })();
    await expect(reading).rejects.toMatchObject({ code: "source-changed" });
    expect(given).toBeLessThan(size);
  });

  it.each<[string, () => { stream: ByteStream; isStopped: () => boolean }]>([
    ["a stream of the web", () => {
      const cancel = vi.fn();
      return { stream: new ReadableStream<Uint8Array>({ cancel }), isStopped: () => cancel.mock.calls.length > 0 };
    }],
    ["an iterator", () => {
      let stopped = false;
      const never = new Promise<never>(() => {});
      const end = async () => ({ done: true, value: undefined }) as const;
      const iterator = { next: () => never, return: () => { stopped = true; return end(); } };
      return { stream: { [Symbol.asyncIterator]: () => iterator }, isStopped: () => stopped };
    }],
  ])("may hang: the signal ends the transfer, and %s is told", async (_, make) => {
    const pair = new Pair();
    const { stream, isStopped } = make();
    const ending = new AbortController();
    const sender = sendFile({ name: "a", size: 5, open: () => stream }, { ...pair.options, signal: ending.signal });
    const receiver = receiveFile({ ...pair.options, code: await sender.code, accept: true });
    const both = outcomes(sender, receiver);
    const timer = setTimeout(() => ending.abort(new Error("enough")), 200);
    const [sent, received] = await both;
    clearTimeout(timer);
    expect(sent).toMatchObject({ message: "enough" });
    expect(received).toMatchObject({ code: "cancelled" });
    expect(isStopped()).toBe(true);
  }); // biome-ignore format: a table
});

/** A stream that collects what it gets. */
function collector(failing: Partial<UnderlyingSink<Uint8Array>> = {}) {
  const seen: Uint8Array[] = [];
  const ends: string[] = [];
  const stream = new WritableStream<Uint8Array>({
    write: (chunk) => void seen.push(chunk),
    close: () => void ends.push("close"),
    abort: () => void ends.push("abort"),
    ...failing,
  });
  return { stream, ends, text: () => Buffer.concat(seen).toString("latin1") };
}

/** Sends a source, and receives it with `receiveFile`. */
async function receiveWith(source: Blob, options: Partial<ReceiveFileOptions>) {
  const pair = new Pair();
  const sender = sendFile(source, { ...pair.options, name: "a.txt" });
  const receiver = receiveFile({ ...pair.options, code: await sender.code, ...options });
  const [sent, received] = await outcomes(sender, receiver);
  return { sent, received };
}

describe("what is received without a file system", () => {
  it.each([0, 1, PIECE_BYTES, 3 * PIECE_BYTES + 1])("arrives in memory: a file of %d bytes", async (size) => {
    const content = LARGE.subarray(0, size);
    const { sent, received } = await receiveWith(new Blob([content]), {});
    expect(sent).toMatchObject({ kind: "file" });
    expect(received).toMatchObject({ kind: "file", name: "a.txt", size });
    expect(Buffer.compare((received as { bytes: Uint8Array }).bytes, content)).toBe(0);
  });

  it("arrives in a stream, which is closed before the sender hears of it", async () => {
    const { stream, ends, text } = collector();
    const { sent, received } = await receiveWith(new Blob([LARGE]), { into: stream });
    expect(sent).toMatchObject({ kind: "file" });
    expect(received).toMatchObject({ kind: "file", name: "a.txt", size: LARGE.length });
    expect(received).not.toHaveProperty("bytes");
    expect(text()).toBe(LARGE.toString("latin1"));
    expect(ends).toEqual(["close"]);
  });

  it("arrives in a stream that is chosen by the offer", async () => {
    const { stream, text } = collector();
    const into = vi.fn(async () => stream);
    await receiveWith(new Blob(["hello"]), { into });
    expect(into).toHaveBeenCalledExactlyOnceWith({ kind: "file", name: "a.txt", size: 5 });
    expect(text()).toBe("hello");
  });

  it("may be a text", async () => {
    const pair = new Pair();
    const { stream, ends } = collector();
    const sender = pair.sendText("hello");
    const receiver = receiveFile({ ...pair.options, code: await sender.code, into: stream });
    const [, received] = await outcomes(sender, receiver);
    expect(received).toEqual({ kind: "text", text: "hello" });
    expect(ends).toEqual([]);
  });

  it.each<[string, Partial<UnderlyingSink<Uint8Array>>]>([
    ["takes no data", { write: () => Promise.reject(new Error("full")) }],
    ["cannot be closed", { close: () => Promise.reject(new Error("full")) }],
  ])("fails on both sides if the stream %s", async (_, failing) => {
    const { sent, received } = await receiveWith(new Blob([LARGE]), { into: collector(failing).stream });
    expect(received).toMatchObject({ code: "cannot-store", cause: expect.objectContaining({ message: "full" }) });
    expect(sent).toMatchObject({ code: "cannot-store" });
  });

  it("fails on both sides if there is no stream", async () => {
    const { sent, received } = await receiveWith(new Blob(["x"]), { into: () => { throw new Error("no"); } }); // biome-ignore format: short
    expect(received).toMatchObject({ code: "cannot-store" });
    expect(sent).toMatchObject({ code: "cannot-store" });
  });

  it.each<[string, Partial<ReceiveFileOptions>]>([
    ["in memory", { maxBytes: 4 }],
    ["in a stream", { maxBytes: 4, into: collector().stream }],
    ["in memory, unattended", { maxBytes: 4, accept: true }],
    ["of nothing", { maxBytes: 0 }],
  ])("has at most maxBytes: %s", async (_, options) => {
    const { sent, received } = await receiveWith(new Blob(["hello"]), options);
    expect(received).toMatchObject({
      code: "cannot-store",
      message: expect.stringMatching(/has 5 bytes, and at most/),
    });
    expect(sent).toMatchObject({ code: "cannot-store" });
  });

  it("aborts the stream if the sender fails", async () => {
    const pair = new Pair();
    const { stream, ends } = collector();
    const source = { name: "a", size: 3 * PIECE_BYTES, open: () => broken(new Uint8Array(2 * PIECE_BYTES)) };
    const sender = sendFile(source, pair.options);
    const receiver = receiveFile({ ...pair.options, code: await sender.code, into: stream });
    const [, received] = await outcomes(sender, receiver);
    expect(received).toMatchObject({ code: "source-changed" });
    await new Promise(setImmediate);
    expect(ends).toEqual(["abort"]);
  });

  it("has options that are checked at the call", () => {
    const { options } = new Pair();
    expect(() => receiveFile({ ...options, into: 5 as never })).toThrow(TypeError);
    expect(() => receiveFile({ ...options, into: {} as never })).toThrow(TypeError);
    expect(() => receiveFile({ ...options, maxBytes: -1 })).toThrow(TypeError);
    expect(() => receiveFile({ ...options, maxBytes: Number.NaN })).toThrow(TypeError);
    expect(() => receiveFile({ ...options, accept: 5 as never })).toThrow(TypeError);
  });
});
