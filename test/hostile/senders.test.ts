/**
 * Senders whose offer was accepted, and that go on as no honest one does. Each row is one sender: what it sends after the
 * receiver's yes. Either nothing is stored, and both sides learn why, or exactly what was announced. A new case is a row.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TransferError, TransitError } from "../../packages/wormhole/src/errors.ts";
import type { RecordPipe } from "../../packages/wormhole/src/transit/api.ts";
import type { Stranger } from "../../packages/wormhole/test/transfer/pair.ts";
import { connectAsSender, hashOf, receiving } from "../../packages/wormhole/test/transfer/stranger-pairs.ts";
import { type Crafted, craftZip } from "../../packages/wormhole/test/transfer/zip/crafted-zip.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** A sender that has announced `size` bytes. `code` is the class of the failure, and `heard` what the sender is told. */
interface Row {
  readonly size: number;
  readonly acts: (pipe: RecordPipe, stranger: Stranger) => Promise<void> | void;
  readonly words: RegExp;
  readonly code?: string;
  readonly heard?: string;
}

const damaged = { code: "damaged", heard: "the data arrived damaged" };
/** Sends records one after the other. */
const records =
  (...contents: readonly (string | Uint8Array)[]) =>
  async (pipe: RecordPipe) => {
    for (const content of contents) {
      await pipe.sendRecord(typeof content === "string" ? text(content) : content).catch(() => {});
    }
  };

// biome-ignore format: a table
const SENDERS: readonly (readonly [title: string, row: Row])[] = [
  ["more bytes than announced, in one record", { size: 5, acts: records("hello, world"), words: /more/, ...damaged }],
  ["more bytes than announced, in a record of their own", { size: 5, acts: records("hello", "x"), words: /more/, ...damaged }],
  ["an acknowledgement of its own", { size: 5, acts: records("hello", '{"ack":"ok"}'), words: /more/, ...damaged }],
  ["a byte after nothing", { size: 0, acts: records("x"), words: /more/, ...damaged }],
  ["a byte after nothing, behind an empty record", { size: 0, acts: records("", "x"), words: /more/, ...damaged }],
  ["a record of a megabyte for five bytes", { size: 5, acts: records(new Uint8Array(1 << 20)), words: /more/, ...damaged }],
  ["fewer bytes than announced, and the end", { size: 500_000, acts: async (pipe) => { await pipe.sendRecord(new Uint8Array(300_000)); await pipe.close(); }, words: /./ }],
  ["no byte, and the end", { size: 500_000, acts: (pipe) => pipe.close(), words: /./ }],
  ["all but one byte, and the end", { size: 5, acts: async (pipe) => { await pipe.sendRecord(text("hell")); await pipe.close(); }, words: /./ }],
  ["a second offer while bytes flow", { size: 5_000_000, acts: async (pipe, stranger) => { await pipe.sendRecord(new Uint8Array(1000)); stranger.send({ offer: { file: { filename: "b", filesize: 5 } } }); }, words: /second offer/, heard: "only one offer can be made" }],
  ["the same offer again", { size: 5, acts: (_, stranger) => stranger.send({ offer: { file: { filename: "a.txt", filesize: 5 } } }), words: /second offer/, heard: "only one offer can be made" }],
  ["a text after the file was accepted", { size: 5, acts: (_, stranger) => stranger.send({ offer: { message: "hi" } }), words: /second offer/, heard: "only one offer can be made" }],
  ["an answer", { size: 5, acts: (_, stranger) => stranger.send({ answer: { file_ack: "ok" } }), words: /does not belong here/ }],
  ["garbage in the mailbox", { size: 5, acts: (_, stranger) => stranger.send("\0"), words: /not a JSON object/ }],
  ["an error in the last moment", { size: 5, acts: async (pipe, stranger) => { await pipe.sendRecord(text("hell")); stranger.send({ error: "no\x07" }); }, words: /gave up the transfer: no\\x07/ }],
];

describe("our receiver stores nothing, and says why, if the sender sends", () => {
  // proves: transfer/exact-size, transfer/one-offer
  it.each(SENDERS)("%s", async (_, { size, acts, words, code, heard }) => {
    const { inbox, stranger, receiver, following } = receiving();
    const pipe = await connectAsSender(stranger, size);
    await acts(pipe, stranger);
    await expect(receiver.done).rejects.toThrow(words);
    const error: unknown = await following;
    expect(error instanceof TransferError || error instanceof TransitError).toBe(true);
    if (code !== undefined) expect(error).toMatchObject({ code });
    expect(String(error)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(readdirSync(inbox)).toEqual([]);
    if (heard !== undefined) expect(await stranger.receive()).toEqual({ error: heard });
  });
});

/** Senders that are odd, but send what they have announced. */
// biome-ignore format: a table
const HONEST: readonly (readonly [title: string, acts: Row["acts"]])[] = [
  ["one byte a record", records(..."hello")],
  ["empty records between", records("", "hel", "", "", "lo")],
  ["a thousand empty records first", records(...Array<string>(1000).fill(""), "hello")],
  ["unknown messages meanwhile", async (pipe, stranger) => { stranger.send({ future: 1 }); stranger.send({ transit: { "hints-v1": [] } }); await records("hello")(pipe); }],
];

describe("our receiver stores what was announced if the sender sends", () => {
  it.each(HONEST)("%s", async (_, acts) => {
    const { inbox, stranger, receiver } = receiving();
    const pipe = await connectAsSender(stranger, 5);
    await acts(pipe, stranger);
    await expect(receiver.done).resolves.toMatchObject({ sha256: hashOf("hello") });
    expect(readFileSync(join(inbox, "a.txt"), "utf8")).toBe("hello");
  });
});

/** Archives that do not hold what the offer says, sent as a whole. What an archive itself may be is in `archives.test.ts`. */
const one: Crafted[] = [{ name: "a", content: "x" }];
// biome-ignore format: a table
const FOLDERS: readonly (readonly [title: string, archive: Uint8Array, announced: object])[] = [
  ["zeros", new Uint8Array(500), {}],
  ["no bytes at all", new Uint8Array(0), {}],
  ["half an archive", craftZip(one).subarray(0, 60), {}],
  ["an archive of fewer files than announced", craftZip(one), { numfiles: 2 }],
  ["an archive without the announced bytes", craftZip(one), { numbytes: 1_000_000 }],
  ["an archive that leads outside", craftZip([{ name: "../a", content: "x" }]), {}],
];

describe("our receiver stores nothing of a folder, and the sender hears no ok, after", () => {
  // proves: transfer/acknowledged-when-stored
  it.each(FOLDERS)("%s", async (_, archive, announced) => {
    const { inbox, stranger, receiver } = receiving();
    await stranger.wormhole.getVersions();
    await stranger.sendHints();
    const numbers = { zipsize: archive.length, numbytes: 1, numfiles: 1, ...announced };
    stranger.send({ offer: { directory: { mode: "zipfile/deflated", dirname: "d", ...numbers } } });
    await stranger.takeHints();
    await stranger.receive();
    const pipe = await stranger.transit.connect();
    if (archive.length > 0) await pipe.sendRecord(archive);
    await expect(pipe.receiveRecord()).rejects.toThrow(TransitError);
    await expect(receiver.done).rejects.toThrow(/^The received folder (cannot be unpacked|was refused)/);
    expect(await stranger.receive()).toHaveProperty("error");
    expect(readdirSync(inbox)).toEqual([]);
  });
});
