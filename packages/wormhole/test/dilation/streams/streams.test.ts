/** Subchannels between two dilations: writing, reading, ends, and lost connections. */
import { expect, it } from "vitest";
import { EndpointUsedError, WormholeClosedError } from "../../../src/errors.ts";
import { bytes, chunks, dilatedPair, leave } from "../pair.ts";

it("each write arrives as one chunk, and the end after them", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  const arrivals = both.b.server.listen();
  const writer = near.writable.getWriter();
  await writer.write(bytes("one"));
  await writer.write(bytes(""));
  await writer.write(bytes("two"));
  const closed = writer.close();
  const far = (await arrivals.next()).value;
  expect(await chunks(far.readable)).toEqual(["one", "", "two"]);
  await closed;
  await leave(both);
});

// proves: api/client-to-server
it("either side can open subchannels, and each direction ends by itself", async () => {
  const both = await dilatedPair();
  const near = await both.b.client.connect();
  const far = (await both.a.server.listen().next()).value;
  const writer = near.writable.getWriter();
  await writer.write(bytes("question"));
  await writer.close();
  expect(await chunks(far.readable)).toEqual(["question"]);
  const answer = far.writable.getWriter();
  await answer.write(bytes("answer"));
  await answer.close();
  expect(await chunks(near.readable)).toEqual(["answer"]);
  await Promise.all([near.closed, far.closed]);
  await leave(both);
});

// proves: api/control-once
it("there is one control channel, which can be connected once", async () => {
  const both = await dilatedPair();
  const [near, far] = await Promise.all([both.a.control.connect(), both.b.control.connect()]);
  const writer = far.writable.getWriter();
  await writer.write(bytes("hello"));
  expect((await near.readable.getReader().read()).value).toEqual(bytes("hello"));
  await expect(both.a.control.connect()).rejects.toThrow(EndpointUsedError);
  await expect(both.b.control.connect()).rejects.toThrow(EndpointUsedError);
  await leave(both);
});

// proves: api/durable
it("data that was lost with a connection arrives over the next one", async () => {
  const both = await dilatedPair();
  const near = await both.a.connector("cut").connect();
  const far = (await both.b.listener("cut").listen().next()).value;
  const writer = near.writable.getWriter();
  for (let n = 0; n < 50; n++) {
    await writer.write(bytes(`${n}`));
    if (n % 10 === 5) both.network.cut();
  }
  await writer.close();
  expect(await chunks(far.readable)).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`));
  await leave(both);
});

it("a close during writing delivers what was written, and refuses later writes", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  const writer = near.writable.getWriter();
  void writer.write(bytes("last words"));
  await near.close();
  await near.close();
  await expect(writer.write(bytes("too late"))).rejects.toThrow(WormholeClosedError);
  expect(await chunks(far.readable)).toEqual(["last words"]);
  await leave(both);
});

it("streams fail when the other side leaves, after the data that had come", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  await near.writable.getWriter().write(bytes("unfinished"));
  await both.leader.dilation.leave();
  const reader = far.readable.getReader();
  expect((await reader.read()).value).toEqual(bytes("unfinished"));
  await expect(reader.read()).rejects.toThrow(WormholeClosedError);
  await expect(far.closed).rejects.toThrow(WormholeClosedError);
  await expect(near.closed).rejects.toThrow(WormholeClosedError);
  await expect(both.b.client.connect()).rejects.toThrow(WormholeClosedError);
});
