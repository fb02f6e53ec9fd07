/** The record pipe over real sockets: records, bulk data, backpressure, the end, and hostile bytes. */
import { connect } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { loadNativeCrypto } from "../../../src/crypto/native.node.ts";
import { portable } from "../../../src/crypto/portable.ts";
import { TransitError } from "../../../src/errors.ts";
import type { Connection, Receiver } from "../../../src/net/connection.ts";
import type { RecordPipe } from "../../../src/transit/api.ts";
import { BULK_BATCH_BYTES, BULK_RECORD_BYTES, MAX_RECORD_BYTES, Sealer } from "../../../src/transit/pipe/record.ts";
import { connections, keys, noise, pipeOver, pipes, server, text, words } from "../loopback.ts";

async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const bytes: number[][] = [];
  for await (const piece of pieces) bytes.push([...piece]);
  return Uint8Array.from(bytes.flat());
}

const soon = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 200, value));

/** A pipe whose other end writes arbitrary bytes. Its `ended` is called when the connection has ended. */
async function pipeFrom(
  write: (send: (bytes: Uint8Array) => void, end: () => void) => void,
  ended: () => void = () => {},
): Promise<RecordPipe> {
  const [mine, theirs] = await connections();
  theirs.receive({ chunk() {}, ended });
  const pipe = await pipeOver(mine, "receiver");
  write(
    (bytes) => void theirs.write(bytes),
    () => void theirs.end(),
  );
  return pipe;
}
const bound = (target: Connection, name: string | symbol) => {
  const value: unknown = Reflect.get(target, name, target);
  return typeof value === "function" ? value.bind(target) : value;
};
const sealer = async () => new Sealer(await loadNativeCrypto(), keys.record.sender);

describe("records", () => {
  it("arrive in both directions, whole and in order", async () => {
    const [a, b] = await pipes();
    for (const word of ["one", "two", ""]) await a.sendRecord(text(word));
    await b.sendRecord(text("three"));
    expect(words(await b.receiveRecord())).toBe("one");
    expect(words(await b.receiveRecord())).toBe("two");
    expect(await b.receiveRecord()).toEqual(new Uint8Array(0));
    expect(words(await a.receiveRecord())).toBe("three");
  });

  it("arrive with the portable cipher too", async () => {
    const [dialled, accepted] = await connections();
    const [a, b] = [await pipeOver(dialled, "sender", portable), await pipeOver(accepted, "receiver", portable)];
    await a.sendRecord(noise(100_000));
    expect(await b.receiveRecord()).toEqual(noise(100_000));
  });

  it("keep their order if the caller does not wait between the calls", async () => {
    const [a, b] = await pipes();
    const sent = [a.sendRecord(text("first")), a.sendBulk(noise(3 * BULK_BATCH_BYTES)), a.sendRecord(text("last"))];
    expect(words(await b.receiveRecord())).toBe("first");
    expect(await gather(b.receiveBulk(3 * BULK_BATCH_BYTES))).toEqual(noise(3 * BULK_BATCH_BYTES));
    expect(words(await b.receiveRecord())).toBe("last");
    await Promise.all(sent);
  });

  it("are given to callers in the order of their calls", async () => {
    const [a, b] = await pipes();
    const asked = [b.receiveRecord(), b.receiveRecord()];
    await a.sendRecord(text("one"));
    await a.sendRecord(text("two"));
    expect((await Promise.all(asked)).map(words)).toEqual(["one", "two"]);
  });

  // proves: transit/no-gap
  it("are not lost if a caller stops waiting", async () => {
    const [a, b] = await pipes();
    const leaving = new AbortController();
    const asked = b.receiveRecord({ signal: leaving.signal });
    leaving.abort(new Error("enough"));
    await expect(asked).rejects.toThrow("enough");
    await expect(b.receiveRecord({ signal: leaving.signal })).rejects.toThrow("enough");
    await a.sendRecord(text("still here"));
    expect(words(await b.receiveRecord())).toBe("still here");
  });

  it("can be iterated until the other side closes the pipe", async () => {
    const [a, b] = await pipes();
    for (const word of ["one", "two"]) await a.sendRecord(text(word));
    await a.close();
    const seen: string[] = [];
    for await (const record of b) seen.push(words(record));
    expect(seen).toEqual(["one", "two"]);
  });

  it("of four megabytes arrive, but longer ones are not sent", async () => {
    const [a, b] = await pipes();
    const sent = a.sendRecord(new Uint8Array(MAX_RECORD_BYTES));
    expect((await b.receiveRecord()).length).toBe(MAX_RECORD_BYTES);
    await sent;
    await expect(a.sendRecord(new Uint8Array(MAX_RECORD_BYTES + 1))).rejects.toThrow(RangeError);
  });
});

describe("bulk data", () => {
  it.each([
    0,
    1,
    BULK_RECORD_BYTES,
    BULK_BATCH_BYTES - 1,
    BULK_BATCH_BYTES,
    BULK_BATCH_BYTES + 1,
    5 * BULK_BATCH_BYTES + 77,
  ])("of %i bytes arrives unchanged", async (length) => {
    const [a, b] = await pipes();
    const sent = a.sendBulk(noise(length)).then(() => a.sendRecord(text("after")));
    expect(await gather(b.receiveBulk(length))).toEqual(noise(length));
    expect(words(await b.receiveRecord())).toBe("after");
    await sent;
  });

  // proves: transit/bounded-memory
  it("uses four slabs of memory, whatever its length", async () => {
    const [a, b] = await pipes();
    const sent = (async () => {
      for (let i = 0; i < 100; i++) await a.sendBulk(new Uint8Array(BULK_BATCH_BYTES));
    })();
    const slabs = new Set<ArrayBufferLike>();
    for await (const piece of b.receiveBulk(100 * BULK_BATCH_BYTES)) {
      slabs.add(piece.buffer);
      // The consumer is slow at first, but must not make slabs accumulate.
      if (slabs.size < 3) await soon(undefined);
    }
    expect(slabs.size).toBeLessThanOrEqual(4);
    await sent;
  });

  // proves: transit/bounded-memory
  it("is sealed in two slabs of memory, whatever its length", async () => {
    const [mine, theirs] = await connections();
    theirs.receive({ chunk() {}, ended() {} });
    const slabs = new Set<ArrayBufferLike>();
    const write = (bytes: Uint8Array) => {
      slabs.add(bytes.buffer);
      return mine.write(bytes);
    };
    const recording = new Proxy(mine, { get: (_, name) => (name === "write" ? write : bound(mine, name)) });
    const pipe = await pipeOver(recording, "sender");
    for (let i = 0; i < 20; i++) await pipe.sendBulk(new Uint8Array(BULK_BATCH_BYTES));
    expect(slabs.size).toBe(2);
  });

  it("may arrive in empty records and in records of any length", async () => {
    const seal = await sealer();
    const records = [0, 0, 5, BULK_RECORD_BYTES, 0, 300_000, 1, MAX_RECORD_BYTES].map((length) => noise(length));
    const pipe = await pipeFrom((send) => {
      for (const record of records) send(seal.seal(record));
    });
    const all = records.flatMap((record) => [...record]);
    expect(Buffer.compare(await gather(pipe.receiveBulk(all.length)), Uint8Array.from(all))).toBe(0);
  });

  it("is delivered in pieces as soon as it arrives", async () => {
    const [a, b] = await pipes();
    const pieces = b.receiveBulk(1000)[Symbol.asyncIterator]();
    const first = pieces.next();
    await a.sendBulk(noise(10));
    expect((await first).value).toEqual(noise(10));
  });

  // proves: transit/bulk-length-exact
  it("is refused if it is longer than agreed", async () => {
    const seal = await sealer();
    const pipe = await pipeFrom((send) => send(seal.seal(new Uint8Array(101))));
    await expect(gather(pipe.receiveBulk(100))).rejects.toThrow("The other side sent more than 100 bytes.");
  });

  // proves: transit/bulk-length-exact
  it("is incomplete if the other side closes too early", async () => {
    const seal = await sealer();
    const pipe = await pipeFrom((send, end) => {
      send(seal.seal(new Uint8Array(99)));
      end();
    });
    await expect(gather(pipe.receiveBulk(100))).rejects.toThrow(
      "The other side closed the connection too early: 99 bytes of 100 bytes arrived.",
    );
  });

  it("ends with the reason of the signal, and so does the pipe", async () => {
    const [a, b] = await pipes();
    const leaving = new AbortController();
    const gathered = gather(b.receiveBulk(1000, { signal: leaving.signal }));
    await a.sendBulk(noise(10));
    setTimeout(() => leaving.abort(new Error("enough")), 20);
    await expect(gathered).rejects.toThrow("enough");
    await expect(a.receiveRecord()).rejects.toThrow(TransitError);
  });

  // proves: transit/no-gap
  it("destroys the pipe if the loop is left early, because opened bytes cannot be given back", async () => {
    const [a, b] = await pipes();
    await a.sendBulk(noise(1000));
    for await (const _ of b.receiveBulk(2000)) break;
    await expect(b.receiveRecord()).rejects.toThrow("closed on this side");
  });
});

describe("backpressure", () => {
  it("stops a sender whose receiver accepts nothing", async () => {
    const [a] = await pipes();
    let sent = 0;
    const sending = (async () => {
      for (;;) {
        await a.sendBulk(new Uint8Array(BULK_BATCH_BYTES));
        sent += BULK_BATCH_BYTES;
      }
    })();
    sending.catch(() => {});
    let before = -1;
    while (sent !== before) {
      before = sent;
      await soon(undefined);
    }
    // The buffers of the system hold a few megabytes.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  // proves: transit/bounded-memory
  it("stops reading records that are not requested", async () => {
    const [mine, theirs] = await connections();
    let taken = 0;
    const receive = (receiver: Receiver) => {
      const chunk = (bytes: Uint8Array) => {
        taken += bytes.length;
        receiver.chunk(bytes);
      };
      mine.receive({ chunk, ended: (error) => receiver.ended(error) });
    };
    await pipeOver(
      new Proxy(mine, { get: (_, name) => (name === "receive" ? receive : bound(mine, name)) }),
      "receiver",
    );
    const seal = await sealer();
    for (let i = 0; i < 400; i++) theirs.write(seal.seal(new Uint8Array(BULK_RECORD_BYTES)));
    await soon(undefined);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(1024 * 1024);
  });
});

describe("the end", () => {
  it("is reached after everything that was sent", async () => {
    const [a, b] = await pipes();
    void a.sendBulk(noise(20 * BULK_BATCH_BYTES));
    const closed = a.close();
    await expect(a.sendRecord(text("late"))).rejects.toThrow("closed on this side");
    expect((await gather(b.receiveBulk(20 * BULK_BATCH_BYTES))).length).toBe(20 * BULK_BATCH_BYTES);
    await closed;
    await expect(b.receiveRecord()).rejects.toThrow(
      "The other side closed the connection before it had sent everything.",
    );
  });

  // proves: transit/end-between-records
  it("in the middle of a record is an error, even while iterating", async () => {
    const seal = await sealer();
    const pipe = await pipeFrom((send, end) => {
      send(seal.seal(noise(10)));
      send(seal.seal(noise(10)).subarray(0, 30));
      end();
    });
    const seen: Uint8Array[] = [];
    const iterate = async () => {
      for await (const record of pipe) seen.push(record);
    };
    await expect(iterate()).rejects.toThrow("The connection ended before everything had arrived");
    expect(seen).toEqual([noise(10)]);
  });

  it("by `destroy` rejects pending calls on both sides", async () => {
    const [a, b] = await pipes();
    const waiting = [a.receiveRecord(), b.receiveRecord()];
    a.destroy();
    for (const each of waiting) await expect(each).rejects.toThrow(TransitError);
    await expect(a.sendRecord(text("x"))).rejects.toThrow(TransitError);
  });

  it("on the other side rejects a bulk transfer that is under way", async () => {
    const [a, b] = await pipes();
    const sending = (async () => {
      for (;;) await a.sendBulk(new Uint8Array(BULK_BATCH_BYTES));
    })();
    await b.receiveRecord();
    b.destroy();
    await expect(sending).rejects.toThrow(TransitError);
    await expect(sending).rejects.toThrow(/other side closed the connection|connection was lost/);
  });

  it("does not wait for a peer that has gone", async () => {
    const [a, b] = await pipes();
    b.destroy();
    await expect(a.receiveRecord()).rejects.toThrow(TransitError);
    await a.close();
  });
});

describe("hostile bytes", () => {
  // proves: transit/records-authentic
  it("that were changed on the way end the pipe", async () => {
    const [a, b] = await connections();
    // An attacker in the middle flips a bit in the second record.
    let passed = 0;
    const port = await server((socket) => {
      socket.on("data", (chunk) => {
        for (let i = 0; i < chunk.length; i++) if (passed + i === 2000) chunk[i] = (chunk[i] ?? 0) ^ 1;
        passed += chunk.length;
        b.write(chunk.slice());
      });
    });
    const middle = connect(port, "127.0.0.1");
    const seal = await sealer();
    const pipe = await pipeOver(a, "receiver");
    b.receive({ chunk() {}, ended() {} });
    for (let i = 0; i < 2; i++) middle.write(seal.seal(noise(1500)));
    expect(await pipe.receiveRecord()).toEqual(noise(1500));
    await expect(pipe.receiveRecord()).rejects.toThrow(/connection corrupted/);
    await expect(pipe.sendRecord(text("x"))).rejects.toThrow(/connection corrupted/);
    middle.destroy();
  });

  // proves: transit/record-length-capped
  it.each([0, 1, 23, 24, 39, 40, MAX_RECORD_BYTES + 41, 2 ** 31, 2 ** 32 - 1])(
    "that announce a record of %i bytes end the pipe at once",
    async (length) => {
      const header = new Uint8Array(4 + 40);
      new DataView(header.buffer).setUint32(0, length);
      if (length === 40) header.fill(1, 4);
      let hungUp = false;
      const pipe = await pipeFrom(
        (send) => send(header),
        () => {
          hungUp = true;
        },
      );
      const outcome = await Promise.race([pipe.receiveRecord().catch((error: unknown) => error), soon("nothing")]);
      expect(outcome).toBeInstanceOf(TransitError);
      await vi.waitUntil(() => hungUp);
      expect(String(outcome)).toMatch(/connection corrupted/);
    },
  );
});
