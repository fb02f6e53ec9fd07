/** Subprotocols by name: which subchannels wait for a listener, and which are refused. */
import { expect, it, onTestFinished, vi } from "vitest";
import type { Subchannel, SubchannelListener } from "../../../src/dilation/api.ts";
import { CREDIT_BYTES, MAX_EARLY_SUBCHANNELS, MAX_OPEN_SUBCHANNELS } from "../../../src/dilation/limits.ts";
import { Arrivals } from "../../../src/dilation/streams/arrivals.ts";
import type { Channel } from "../../../src/dilation/streams/channel.ts";
import { Traffic } from "../../../src/dilation/streams/traffic.ts";
import { EndpointUsedError, WormholeClosedError } from "../../../src/errors.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { soon } from "../clock.ts";
import { MIB } from "../machines.ts";
import { bytes, chunks, dilatedPair, leave, type PairOptions, text } from "../pair.ts";

async function begin(options: PairOptions = {}) {
  const both = await dilatedPair(options);
  onTestFinished(() => leave(both));
  return both;
}

async function say({ writable }: Subchannel, words: string): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes(words));
  await writer.close();
}

/** Takes the next arrival. */
async function next(arrivals: AsyncIterator<Subchannel>): Promise<Subchannel> {
  const { value } = await arrivals.next();
  return value;
}

/** Resolves if a subchannel was refused: nothing is ever written to it, so its stream ends only then. */
const refusal = ({ readable }: Subchannel) => readable.getReader().closed;

// proves: api/early-subchannels
it("subchannels opened before there is a listener wait, with their data and in order", async () => {
  const { a, b } = await begin();
  for (const words of ["one", "two", "three"]) void say(await a.connector("early").connect(), words);
  void say(await a.connector("other").connect(), "elsewhere");
  const arrivals = b.listener("early").listen();
  for (const words of ["one", "two", "three"]) {
    const far = await next(arrivals);
    expect(far.subprotocol).toBe("early");
    expect(await chunks(far.readable)).toEqual([words]);
  }
});

// proves: api/early-subchannels
it("the number of waiting subchannels of all names is limited; more are refused until some are taken", async () => {
  const { a, b } = await begin();
  const names = ["left", "right"];
  const waiting = await Promise.all(
    Array.from({ length: MAX_EARLY_SUBCHANNELS }, (_, n) => a.connector(names[n % 2] ?? "").connect()),
  );
  await refusal(await a.connector("left").connect());
  expect(await soon(refusal(waiting[MAX_EARLY_SUBCHANNELS - 1] as Subchannel))).toBe(false);
  const arrivals = b.listener("left").listen();
  for (let n = 0; n < MAX_EARLY_SUBCHANNELS / 2; n++) await next(arrivals);
  expect(await soon(refusal(await a.connector("right").connect()))).toBe(false);
});

it("the number of open subchannels is limited; more are refused until one has ended", async () => {
  const { a, b } = await begin();
  const arrivals = b.server.listen();
  const open = await Promise.all(Array.from({ length: MAX_OPEN_SUBCHANNELS }, () => a.client.connect()));
  const far = await next(arrivals);
  await refusal(await a.client.connect());
  // Subchannels that this side opens do not count.
  expect(await soon(refusal(await b.client.connect()))).toBe(false);
  await Promise.all([open[0]?.close(), far.close()]);
  expect(await soon(refusal(await a.client.connect()))).toBe(false);
});

it("subchannels of expected names wait, others are refused", async () => {
  const { a, b } = await begin({ follower: { expectedSubprotocols: ["known"] } });
  await refusal(await a.connector("unknown").connect());
  const near = await a.connector("known").connect();
  void say(near, "hello");
  expect(await soon(refusal(near))).toBe(false);
  expect(await chunks((await next(b.listener("known").listen())).readable)).toEqual(["hello"]);
});

it("a listener gets its subchannels even if the name is not expected", async () => {
  const { a, b } = await begin({ follower: { expectedSubprotocols: [] } });
  const arrivals = b.listener("after all").listen();
  await say(await a.connector("after all").connect(), "hello");
  expect(await chunks((await next(arrivals)).readable)).toEqual(["hello"]);
});

it("data written to a refused subchannel is dropped, and its writer is not blocked", async () => {
  const { a } = await begin({ follower: { expectedSubprotocols: [] } });
  const near = await a.connector("unknown").connect();
  const writer = near.writable.getWriter();
  const chunk = new Uint8Array(MIB);
  for (let sent = 0; sent <= 2 * CREDIT_BYTES; sent += MIB) await writer.write(chunk);
  await writer.close();
  await near.closed;
});

it("a listener that has left refuses the subchannels that wait, and later ones", async () => {
  const { a, b } = await begin();
  const near = await a.client.connect();
  const arrivals = b.server.listen();
  const far = await next(arrivals);
  const untaken = await a.client.connect();
  const waiting = b.listener("nothing comes").listen();
  const asked = waiting.next();
  await Promise.all([arrivals.return?.(), waiting.return?.()]);
  await refusal(untaken);
  await refusal(await a.client.connect());
  expect([await asked, await arrivals.next()]).toEqual(Array(2).fill({ done: true, value: undefined }));
  await say(near, "taken before");
  expect(await chunks(far.readable)).toEqual(["taken before"]);
});

it("leaving the loop over arrivals ends the listener", async () => {
  const { a, b } = await begin();
  await a.client.connect();
  for await (const far of b.server.listen()) {
    expect(far.subprotocol).toBe("subchannel");
    break;
  }
  await refusal(await a.client.connect());
});

it("an aborted signal ends the listener, too", async () => {
  const { a, b } = await begin();
  const enough = new AbortController();
  const arrivals = b.server.listen({ signal: enough.signal });
  const waiting = arrivals.next();
  enough.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await expect(arrivals.next()).rejects.toThrow("enough");
  await refusal(await a.client.connect());
});

it("a subchannel that arrives in the moment of an abort goes to the next call, or is refused", async () => {
  const never = () => expect.unreachable();
  const options = { clock: new VirtualClock(), expectedSubprotocols: undefined, breach: never, failed: never };
  const { channels } = new Traffic(options);
  channels.assign("leader", true);
  const [one, other] = await Promise.all([channels.connect("x"), channels.connect("x")]);
  const close = vi.spyOn(other, "close");
  const arrivals = new Arrivals();
  const giveUp = (channel: Channel) => {
    const enough = new AbortController();
    const taken = arrivals.next(enough);
    arrivals.add(channel);
    enough.abort(new Error("enough"));
    return taken;
  };
  await expect(giveUp(one)).rejects.toThrow("enough");
  expect(await arrivals.next()).toBe(one);
  await expect(giveUp(other)).rejects.toThrow("enough");
  arrivals.leave();
  await vi.waitFor(() => expect(close).toHaveBeenCalledOnce());
});

// proves: api/server-once
it("each name can have one listener, once", async () => {
  const { b } = await begin();
  const twice = (listener: SubchannelListener) => {
    const arrivals = listener.listen();
    expect(() => listener.listen()).toThrow(EndpointUsedError);
    return arrivals;
  };
  twice(b.listener("one"));
  expect(() => b.listener("one").listen()).toThrow(EndpointUsedError);
  await twice(b.listener("two")).return?.();
  expect(() => b.listener("two").listen()).toThrow(EndpointUsedError);
  twice(b.server);
});

// proves: api/endpoints
it("the leader opens `control` by that name, and `client` opens `subchannel`", async () => {
  const { a, b } = await begin();
  const control = next(b.listener("control").listen());
  void say(await a.control.connect(), "from the leader");
  expect(await chunks((await control).readable)).toEqual(["from the leader"]);
  const server = b.server.listen();
  void say(await a.connector("subchannel").connect(), "by its name");
  expect(await chunks((await next(server)).readable)).toEqual(["by its name"]);
});

it("an aborted wait for the control channel uses it up at the follower", async () => {
  const { a, b } = await begin();
  await expect(b.control.connect({ signal: AbortSignal.timeout(10) })).rejects.toThrow();
  await expect(b.control.connect()).rejects.toThrow(EndpointUsedError);
  await refusal(await a.control.connect());
});

const long = (name: string) => (name.length > 20 ? `${name[0]} ${name.length} times` : name);

it.each(
  [
    "x",
    "naïve",
    "nai\u0308ve",
    "\u{1f4a5}",
    "\ufeffmarked",
    "a\u200bb",
    "\u202eltr",
    "\0",
    " ",
    "__proto__",
    "n".repeat(1024),
    "\u00e9".repeat(512),
  ].map((name) => [long(name), name]),
)("a name can be %j", async (_, name) => {
  const { a, b } = await begin({ follower: { expectedSubprotocols: [name] } });
  const arrivals = b.listener(name).listen();
  await say(await a.connector(name).connect(), "hello");
  const far = await next(arrivals);
  expect(far.subprotocol).toBe(name);
  expect(text((await far.readable.getReader().read()).value)).toBe("hello");
});

it("names that look alike are different", async () => {
  const { a, b } = await begin();
  const [one, other] = [b.listener("caf\u00e9").listen(), b.listener("cafe\u0301").listen()];
  void say(await a.connector("cafe\u0301").connect(), "decomposed");
  void say(await a.connector("caf\u00e9").connect(), "composed");
  expect(await chunks((await next(one)).readable)).toEqual(["composed"]);
  expect(await chunks((await next(other)).readable)).toEqual(["decomposed"]);
});

it.each([
  ["nothing", ""],
  ["more than 1024 bytes", "n".repeat(1025)],
  ["more than 1024 bytes in UTF-8", "\u00e9".repeat(513)],
  ["half a character, which has no encoding", "\ud83d"],
  ["no text", 7 as unknown as string],
  ["absent", undefined as unknown as string],
])("a name cannot be %s", async (_, name) => {
  const { a } = await begin();
  expect(() => a.connector(name)).toThrow(TypeError);
  expect(() => a.listener(name)).toThrow(TypeError);
});

it("a control channel that is opened by its name is the same one, which can be connected once", async () => {
  const { a, b } = await dilatedPair();
  const [near] = await Promise.all([a.connector("control").connect(), b.control.connect()]);
  expect(near.subprotocol).toBe("control");
  for (const connector of [a.control, a.connector("control"), b.connector("control")])
    await expect(connector.connect()).rejects.toThrow(EndpointUsedError);
});

it("after a close, iterations over arrivals end, and connecting is an error", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  await soon(near.closed);
  const waiting = both.b.listener("x").listen().next();
  await both.leader.dilation.leave();
  expect(await waiting).toEqual({ done: true, value: undefined });
  expect(await both.b.listener("y").listen().next()).toMatchObject({ done: true });
  const arrivals = both.b.server.listen();
  expect((await next(arrivals)).subprotocol).toBe("subchannel");
  expect(await arrivals.next()).toMatchObject({ done: true });
  await expect(both.b.client.connect()).rejects.toThrow(WormholeClosedError);
  await expect(both.b.control.connect()).rejects.toThrow(WormholeClosedError);
});
