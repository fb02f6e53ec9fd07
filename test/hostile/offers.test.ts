/**
 * First messages to our receiver that no honest sender makes. Each row is one message: the receiver ends with a sentence,
 * the sender learns the class of the fault, and nothing is stored. A new case is a row.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TransferError } from "../../packages/wormhole/src/errors.ts";
import { Pair } from "../../packages/wormhole/test/transfer/pair.ts";
import { sandbox } from "../../packages/wormhole/test/transfer/sandbox.ts";
import { offer, receiving } from "../../packages/wormhole/test/transfer/stranger-pairs.ts";

const file = (fields: object) => ({ offer: { file: { filename: "a", filesize: 1, ...fields } } });
const honest = { mode: "zipfile/deflated", dirname: "d", zipsize: 100, numbytes: 9, numfiles: 1 };
const directory = (fields: object) => ({ offer: { directory: { ...honest, ...fields } } });
/** JSON that no serializer makes. */
const raw = (size: string) => `{"offer":{"file":{"filename":"a","filesize":${size}}}}`;

const FAILED = /failed/;
const SPENT = "";

/** What the sender says first, the receiver's sentence, and what the sender hears; nothing if it gave up itself. */
type Row = readonly [title: string, message: object | string, words: RegExp, heard: string | RegExp];

// biome-ignore format: a table
const OFFERS: readonly Row[] = [
  ["an unknown offer", { offer: { teapot: {} } }, /does not support/, "unknown offer type"],
  ["an offer of nothing", { offer: {} }, /does not support/, "unknown offer type"],
  ["an offer of two kinds, the first of which is no text", { offer: { message: 5, file: { filename: "a", filesize: 1 } } }, /'message' is missing or not a string/, FAILED],
  ["an offer that is a list", { offer: [] }, /'offer' is not an object/, FAILED],
  ["an offer in the prototype", '{"offer":{"__proto__":{"message":"hi"}}}', /does not support/, "unknown offer type"],
  ["a file that is a text", { offer: { file: "a" } }, /does not support/, "unknown offer type"],
  ["an unknown mode", directory({ mode: "tar" }), /does not support/, "unknown mode"],
  ["a mode with an escape sequence", directory({ mode: "\x1b[2J" }), /does not support/, "unknown mode"],
  ["no mode", directory({ mode: undefined }), /'mode' is missing/, FAILED],
  ["a negative size", file({ filesize: -1 }), /not a valid size/, FAILED],
  ["a size of minus nothing and a bit", raw("-1e-300"), /not a valid size/, FAILED],
  ["a fraction of a byte", raw("1.5"), /not a valid size/, FAILED],
  ["an impossible size", raw("1e400"), /not a valid size/, FAILED],
  ["a size that numbers cannot hold", raw("9007199254740993"), /not a valid size/, FAILED],
  ["a size that is a text", file({ filesize: "1" }), /not a valid size/, FAILED],
  ["a size that is a list of one", file({ filesize: [1] }), /not a valid size/, FAILED],
  ["no size", file({ filesize: undefined }), /not a valid size/, FAILED],
  ["a negative number of files", directory({ numfiles: -1 }), /'numfiles'.*not a valid size/, FAILED],
  ["a folder without the number of bytes", directory({ numbytes: null }), /'numbytes'.*not a valid size/, FAILED],
  ["more bytes than the disk has", offer(2 ** 53 - 1), /not enough space/, "receiver disk full"],
  ["a folder whose two sizes are no number together", directory({ zipsize: 2 ** 53 - 1, numbytes: 2 ** 53 - 1 }), /not enough space/, "receiver disk full"],
  ["a name that is not one", file({ filename: ".." }), /refused/, /refused the name/],
  ["a folder's name that is not one", directory({ dirname: "a/../.." }), /refused/, /refused the name/],
  ["a name that is a number", file({ filename: 7 }), /'filename' is missing or not a string/, FAILED],
  ["no name", file({ filename: undefined }), /'filename' is missing/, FAILED],
  ["a text that is not JSON", "hello", /not a JSON object/, FAILED],
  ["nothing", SPENT, /not a JSON object/, FAILED],
  ["JSON that is no object", "[]", /not a JSON object/, FAILED],
  ["JSON of a hundred thousand levels", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, /not a JSON object/, FAILED],
  ["an answer", { answer: { file_ack: "ok" } }, /a message that does not belong here/, FAILED],
  ["an answer beside an offer", { ...offer(1), answer: { file_ack: "ok" } }, /a message that does not belong here/, FAILED],
  ["an error", { error: "changed my mind\x1b[2J" }, /gave up the transfer: changed my mind\\x1b\[2J$/, SPENT],
  ["an error beside an offer", { ...offer(1), error: "no" }, /gave up the transfer: no$/, SPENT],
  ["an error of 400 kB", { error: "x".repeat(400_000) }, /gave up the transfer: x{100}/, SPENT],
  ["an error with a direction mark", { error: "\u202eon" }, /gave up the transfer: \\u\{202e\}on$/, SPENT],
];

describe("our receiver ends with a sentence, and informs the sender, after", () => {
  it.each(OFFERS)("%s", async (_, message, words, heard) => {
    const { inbox, stranger, receiver, following } = receiving();
    stranger.send(message);
    await expect(receiver.done).rejects.toThrow(TransferError);
    await expect(receiver.done).rejects.toThrow(words);
    const error: unknown = await following;
    expect(error).toBeInstanceOf(TransferError);
    expect(String(error)).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
    expect(String(error).length).toBeLessThan(1000);
    expect(readdirSync(inbox)).toEqual([]);
    if (heard !== SPENT) expect(await stranger.receive()).toEqual({ error: expect.stringMatching(heard) });
  });
});

/** Offers that only look hostile: other programs make them, or will. They are asked about. */
// biome-ignore format: a table
const HARMLESS: readonly (readonly [title: string, message: object | string, kind: string, name: string])[] = [
  ["a file with unknown fields", { ...file({ mtime: 5, __proto__x: {} }), future: 1 }, "file", "a"],
  ["a size with a fraction of nothing", raw("1.0"), "file", "a"],
  ["a file of no bytes", file({ filesize: 0 }), "file", "a"],
  ["an empty folder", directory({ numbytes: 0, numfiles: 0 }), "directory", "d"],
  ["a path, of which the last component counts", file({ filename: "/home/me/a" }), "file", "a"],
  ["a name with a byte that is not UTF-8", file({ filename: "a\udcff" }), "file", "a\udcff"],
  ["another mode of a zip archive", directory({ mode: "zipfile" }), "directory", "d"],
  ["a text of no characters", { offer: { message: "" } }, "text", ""],
  ["a text beside a file", { offer: { message: "hi", file: { filename: "a", filesize: 1 } } }, "text", ""],
];

describe("our receiver asks about", () => {
  it.each(HARMLESS)("%s", async (_, message, kind, name) => {
    const [inbox, pair] = [sandbox(), new Pair()];
    const stranger = pair.stranger("7-crossover-clockwork", "sender");
    const receiver = pair.receive("7-crossover-clockwork", { directory: inbox });
    stranger.send(message);
    const asked: unknown[] = [];
    await (async () => {
      for await (const event of receiver) {
        if (event.type !== "offer") continue;
        asked.push(event.offer.kind, "name" in event.offer ? event.offer.name : "");
        event.reject();
      }
    })().catch(() => {});
    expect(asked).toEqual([kind, name]);
  });
});

it("an offer is asked about once, whatever follows while a person thinks", async () => {
  const [inbox, pair] = [sandbox(), new Pair()];
  const stranger = pair.stranger("7-crossover-clockwork", "sender");
  const receiver = pair.receive("7-crossover-clockwork", { directory: inbox });
  const asked: string[] = [];
  const following = (async () => {
    for await (const event of receiver) {
      if (event.type !== "offer") continue;
      asked.push(event.offeredName);
      stranger.send(file({ filename: "second" }));
    }
  })().catch(() => {});
  stranger.send(file({ filename: "first" }));
  await expect(receiver.done).rejects.toThrow(/second offer/);
  await following;
  expect(asked).toEqual(["first"]);
});
