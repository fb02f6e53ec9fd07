/** A peer that has the key but breaks the protocol: its connection is dropped, and its demands are bounded. */
import { describe, expect, it, vi } from "vitest";
import { BreachLimit } from "../../src/dilation/connection/breach-limit.ts";
import {
  BREACH_WINDOW_MS,
  CREDIT_BYTES,
  MAX_BREACHES,
  MAX_OPEN_SUBCHANNELS,
  MAX_UNREAD_CREDITED_BYTES,
} from "../../src/dilation/limits.ts";
import {
  encodeAck,
  encodeClose,
  encodeCredit,
  encodeData,
  encodeKcm,
  encodeOpen,
  encodePing,
  encodePong,
} from "../../src/dilation/wire/records.ts";
import { WormholeError } from "../../src/errors.ts";
import { soon } from "./clock.ts";
import { type Played, type PlayedConnection, play } from "./hand.ts";
import { MIB } from "./machines.ts";
import { bytes, text } from "./pair.ts";

const LOST = 20_000;

/** Whether our side drops a connection within the deadline, or keeps it for a moment. */
const isDropped = ({ lost }: PlayedConnection) => soon(lost.promise, LOST);
const isKept = async ({ lost }: PlayedConnection) => !(await soon(lost.promise));

const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: LOST, interval: 2 });

/** Makes records with the next sequence numbers, for a peer of this role. */
function script(role: Played["role"]) {
  let seqnum = 0;
  /** The peer's n-th subchannel. */
  const id = (n: number) => 2 * n + (role === "leader" ? 1 : 2);
  return {
    id,
    open: (n: number, name = "x") => encodeOpen(id(n), seqnum++, name),
    data: (n: number, words: string | Uint8Array) =>
      encodeData(id(n), seqnum++, typeof words === "string" ? bytes(words) : words),
    close: (n: number) => encodeClose(id(n), seqnum++),
    get seqnum() {
      return seqnum;
    },
  };
}

type Script = ReturnType<typeof script>;

const BREACHES: readonly [string, (say: Script) => Uint8Array][] = [
  ["skips a sequence number", (say) => encodeOpen(say.id(1), say.seqnum + 1, "x")],
  ["skips very many sequence numbers", ({ id }) => encodeOpen(id(1), 0xffffffff, "x")],
  ["opens a subchannel twice", (say) => say.open(0)],
  ["opens a subchannel with a number of our side", (say) => encodeOpen(say.id(0) ^ 3, say.seqnum, "x")],
  ["opens subchannel 0", (say) => encodeOpen(0, say.seqnum, "x")],
  ["acknowledges a record that was not sent", () => encodeAck(0)],
  ["acknowledges the highest number", () => encodeAck(0xffffffff)],
  ["confirms the key again", () => encodeKcm()],
  ["sends an invalid record", () => Uint8Array.of(7)],
  ["sends a record of an unknown type", () => Uint8Array.of(0xff, 1, 2, 3)],
  ["stops in the middle of a record", (say) => say.data(0, "").subarray(0, 8)],
  ["stops in the middle of a ping", () => encodePing(1).subarray(0, 4)],
  ["stops in the middle of a credit", () => encodeCredit(1, 5).subarray(0, 12)],
  ["opens a subchannel without a name", (say) => say.open(1, "")],
  ["opens a subchannel with a name of more than 1024 bytes", (say) => say.open(1, "n".repeat(1025))],
  [
    "opens a subchannel with a name that is not UTF-8",
    (say) => Uint8Array.of(...say.open(1, "").subarray(0, 9), 0xc3, 0x28),
  ],
];

/** Records that are unusual but harmless. */
const ODDITIES: readonly [string, (say: Script) => Uint8Array][] = [
  ["sends surplus bytes in a record", () => Uint8Array.of(...encodePong(1), 7, 7, 7)],
  ["answers a ping that was not sent", () => encodePong(1)],
  ["writes to an unknown subchannel", (say) => say.data(50, "hello")],
  ["closes an unknown subchannel", (say) => say.close(50)],
  ["gives credit for an unknown subchannel", () => encodeCredit(7, 2 ** 53)],
  ["skips subchannel numbers", (say) => say.open(400, "x")],
  ["repeats a record", () => encodeOpen(1, 0, "again")],
];

describe.each(["leader", "follower"] as const)("a peer that is %s", (role) => {
  /** Dilates with a played peer, and receives `hello` over a first subchannel. */
  async function meet() {
    const played = await play(role);
    const say = script(role);
    const arrivals = played.dilated.listener("x").listen();
    played.connection.send(say.open(0), say.data(0, "hello"));
    const far = (await arrivals.next()).value;
    const reader = far.readable.getReader();
    expect(text((await reader.read()).value)).toBe("hello");
    return { ...played, say, arrivals, far, reader };
  }

  // proves: dilation/breach-drops
  it.each(BREACHES)("and %s loses the connection, but not its earlier data", async (_, breach) => {
    const { connection, say, next, reader, dilation } = await meet();
    // Records after it are not processed.
    connection.send(breach(say), encodePing(99));
    expect(await isDropped(connection)).toBe(true);
    expect(connection.all("pong")).toEqual([]);
    const again = await next();
    // Two records have arrived; all others must be sent, or sent again.
    await until(() => again.all("ack").some(({ seqnum }) => seqnum >= 1));
    const acknowledged = again.all("ack").at(-1)?.seqnum ?? 0;
    again.send(encodeData(say.id(0), acknowledged + 1, bytes("still here")));
    expect(text((await reader.read()).value)).toBe("still here");
    dilation.stop(new WormholeError("dilation", "over"));
    await expect(reader.read()).rejects.toThrow("over");
  });

  it.each(ODDITIES)("and %s keeps the connection", async (_, oddity) => {
    const { connection, say, reader } = await meet();
    connection.send(oddity(say), say.data(0, "still here"), encodePing(99));
    expect(text((await reader.read()).value)).toBe("still here");
    await until(() => connection.all("pong").length > 0);
    expect(connection.all("pong")).toEqual([{ type: "pong", id: 99 }]);
    expect(await isKept(connection)).toBe(true);
  });

  it("and repeats records gets new acknowledgements, and no record is read twice", async () => {
    const { connection, say, reader } = await meet();
    await until(() => connection.all("ack").at(-1)?.seqnum === 1);
    const before = connection.all("ack").length;
    connection.send(encodeOpen(say.id(0), 0, "x"), encodeData(say.id(0), 1, bytes("hello")));
    await until(() => connection.all("ack").length > before);
    expect(connection.all("ack").at(-1)).toEqual({ type: "ack", seqnum: 1 });
    connection.send(say.data(0, "new"));
    expect(text((await reader.read()).value)).toBe("new");
  });

  it("and writes after its CLOSE is not read", async () => {
    const { connection, say, reader } = await meet();
    connection.send(say.close(0), say.data(0, "more"), say.close(0), encodePing(1));
    expect((await reader.read()).done).toBe(true);
    await until(() => connection.all("pong").length > 0);
    expect(await isKept(connection)).toBe(true);
  });

  // proves: dilation/breaches-bounded
  it("and breaks the protocol three times in a minute ends the dilation", async () => {
    const { connection, next, reader, far, arrivals, dilated } = await meet();
    let present = connection;
    for (let n = 1; n < MAX_BREACHES; n++) {
      present.send(encodeKcm());
      expect(await isDropped(present)).toBe(true);
      present = await next();
    }
    present.send(encodeKcm());
    expect(await isDropped(present)).toBe(true);
    const broken = { name: "WormholeError", code: "dilation" };
    for (const promise of [reader.read(), far.closed, arrivals.next(), dilated.client.connect()])
      await expect(promise).rejects.toMatchObject(broken);
  });

  it.each([
    ["a length that is too long", Uint8Array.of(0xff, 0xff, 0xff, 0xff)],
    ["a length that is too short", Uint8Array.of(0, 0, 0, 16, ...new Uint8Array(16))],
    ["a frame with another key", Uint8Array.of(0, 0, 0, 17, ...new Uint8Array(17))],
  ])("and whose connection brings %s from an attacker gets another one, however often", async (_, bytes) => {
    const { connection, next, say, reader } = await meet();
    let present = connection;
    for (let n = 0; n <= MAX_BREACHES; n++) {
      present.write(bytes);
      expect(await isDropped(present)).toBe(true);
      present = await next();
    }
    present.send(say.data(0, "still here"));
    expect(text((await reader.read()).value)).toBe("still here");
  });

  it("and whose frames are repeated or exchanged by an attacker gets another connection", async () => {
    const { connection, next, say, reader } = await meet();
    const frame = connection.seal(encodePing(1));
    connection.write(frame);
    connection.write(frame);
    expect(await isDropped(connection)).toBe(true);
    const again = await next();
    const [one, two] = [again.seal(encodePing(1)), again.seal(encodePing(2))];
    again.write(two);
    again.write(one);
    expect(await isDropped(again)).toBe(true);
    const last = await next();
    last.send(say.data(0, "still here"));
    expect(text((await reader.read()).value)).toBe("still here");
  });

  // proves: dilation/pings-bounded
  it("and pings without end gets answers, which do not pile up while it reads none", async () => {
    const { connection, reader, say } = await meet();
    connection.pause();
    for (let round = 0; round < 200; round++) {
      connection.send(...Array.from({ length: 50 }, (_, n) => encodePing(50 * round + n)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    connection.resume();
    connection.send(say.data(0, "and this"));
    expect(text((await reader.read()).value)).toBe("and this");
    await soon(connection.lost.promise);
    // Four batches are on their way, and a fifth one waits.
    expect(connection.all("pong").length).toBeLessThanOrEqual(5 * 32);
    const last = 0xffffffff;
    connection.send(encodePing(last));
    await until(() => connection.all("pong").some(({ id }) => id === last));
  });

  // proves: dilation/subchannels-bounded
  it("and opens subchannels without end gets a limited number of them", async () => {
    const { connection, say } = await meet();
    const opens = Array.from({ length: MAX_OPEN_SUBCHANNELS + 10 }, (_, n) => say.open(n + 1));
    connection.send(...opens);
    await until(() => connection.all("close").length >= 10);
    connection.send(...connection.all("close").map(({ seqnum }) => encodeAck(seqnum)), encodePing(5));
    await until(() => connection.all("pong").length > 0);
    expect(connection.all("close").map(({ subchannel }) => subchannel)).toEqual(
      Array.from({ length: 11 }, (_, n) => say.id(MAX_OPEN_SUBCHANNELS + n)),
    );
  });

  // proves: dilation/unread-bounded
  it("and writes more than its credit is not acknowledged beyond a bound, and loses the connection beyond the next", async () => {
    const { connection, say, far } = await meet();
    const chunk = new Uint8Array(MIB);
    const most = (MAX_UNREAD_CREDITED_BYTES + 4 * MIB) / MIB;
    const write = async (chunks: number) => {
      for (let n = 0; n < chunks; n++) {
        connection.send(say.data(0, chunk));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    await write(most + 8);
    await soon(far.closed, 500);
    const taken = (connection.all("ack").at(-1)?.seqnum ?? 0) - 1;
    expect(taken).toBeGreaterThan(CREDIT_BYTES / MIB);
    expect(taken).toBeLessThanOrEqual(most);
    // The connection goes on.
    connection.send(encodePing(77));
    await until(() => connection.all("pong").some(({ id }) => id === 77));
    await write(40);
    expect(await isDropped(connection)).toBe(true);
  });

  it("and has much unread is acknowledged again when it is read", async () => {
    const { connection, say, reader } = await meet();
    const chunk = new Uint8Array(MIB);
    const count = MAX_UNREAD_CREDITED_BYTES / MIB + 4;
    for (let n = 0; n < count; n++) connection.send(say.data(0, chunk));
    const last = say.seqnum - 1;
    const isAcknowledged = () => connection.all("ack").some(({ seqnum }) => seqnum === last);
    await soon(connection.lost.promise, 500);
    expect(isAcknowledged()).toBe(false);
    for (let n = 0; n < count; n++) await reader.read();
    await until(isAcknowledged);
  });

  it("and takes credit back has no effect", async () => {
    const { connection, dilated, say, reader } = await meet();
    const near = await dilated.client.connect();
    await until(() => connection.all("open").length > 0);
    const id = connection.all("open")[0]?.subchannel ?? 0;
    connection.send(encodeCredit(id, 10), encodeCredit(id, 0), say.data(0, "x"));
    await reader.read();
    const writer = near.writable.getWriter();
    for (let n = 0; n < 3; n++) await writer.write(new Uint8Array(1024));
    await until(() => connection.all("data").length === 3);
  });
});

it("breaches count while they are younger than a minute", () => {
  const breaches = new BreachLimit();
  expect(breaches.isTooMany(0)).toBe(false);
  expect(breaches.isTooMany(10)).toBe(false);
  expect(breaches.isTooMany(BREACH_WINDOW_MS)).toBe(false);
  expect(breaches.isTooMany(BREACH_WINDOW_MS + 9)).toBe(true);
});
