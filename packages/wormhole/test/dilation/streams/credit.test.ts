/** The extension `credit`: each subchannel has a credit of its own. */
import { expect, it } from "vitest";
import type { Subchannel } from "../../../src/dilation/api.ts";
import {
  CREDIT_BYTES,
  CREDIT_STEP_BYTES,
  FIRST_CREDIT_BYTES,
  MAX_EARLY_SUBCHANNELS,
  MAX_UNREAD_BYTES,
  SHARED_CREDIT_BYTES,
} from "../../../src/dilation/limits.ts";
import { fill, MIB } from "../machines.ts";
import { bytes, dilatedPair, leave } from "../pair.ts";

/** Reads some of the data and then stops. Returns the bytes that the writer could write. */
async function stopInTheMiddle(near: Subchannel, far: Subchannel): Promise<number> {
  const filling = fill(near);
  const reader = far.readable.getReader();
  for (let got = 0; got < 2 * MIB; ) got += (await reader.read()).value?.length ?? 0;
  reader.releaseLock();
  return filling;
}

/** Writes data at one end and reads it at the other. */
async function carry(near: Subchannel, far: Subchannel): Promise<void> {
  const total = 4 * CREDIT_BYTES;
  const writing = (async () => {
    const writer = near.writable.getWriter();
    for (let sent = 0; sent < total; sent += MIB) await writer.write(new Uint8Array(MIB));
    await writer.close();
  })();
  let got = 0;
  for await (const chunk of far.readable) got += chunk.length;
  expect(got).toBe(total);
  await writing;
}

it("an unread subchannel blocks its own writer, and no other", async () => {
  const both = await dilatedPair();
  const unread = await both.a.connector("unread").connect();
  const arrivals = both.b.listener("unread").listen();
  expect(await fill(unread)).toBeLessThan(FIRST_CREDIT_BYTES + MIB);
  const near = await both.a.connector("read").connect();
  const far = (await both.b.listener("read").listen().next()).value;
  await near.writable.getWriter().write(bytes("still here"));
  expect((await far.readable.getReader().read()).value).toEqual(bytes("still here"));
  await arrivals.return?.();
  await leave(both);
});

// proves: dilation/readers-independent
it("unread subchannels do not block others: 64 unlistened, 100 listened, eight stalled", async () => {
  const both = await dilatedPair();
  const unread: Subchannel[] = [];
  for (let n = 0; n < MAX_EARLY_SUBCHANNELS; n++) unread.push(await both.a.connector("no listener").connect());
  for (let n = 0; n < 100; n++) unread.push(await both.a.client.connect());
  const arrivals = both.b.server.listen();
  for (let n = 0; n < 100; n++) await arrivals.next();
  const written = await Promise.all(unread.map((each) => fill(each)));
  expect(Math.min(...written)).toBeGreaterThanOrEqual(FIRST_CREDIT_BYTES);
  const join = async () => [await both.a.client.connect(), (await arrivals.next()).value as Subchannel] as const;
  for (let n = 0; n < 8; n++) await stopInTheMiddle(...(await join()));
  await carry(...(await join()));
  await leave(both);
});

it("reading gives new credit, even across lost connections", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  const total = 4 * CREDIT_BYTES;
  const writing = (async () => {
    const writer = near.writable.getWriter();
    for (let sent = 0; sent < total; sent += MIB) {
      await writer.write(new Uint8Array(MIB));
      if (sent % (3 * MIB) === 0) both.network.cut();
    }
    await writer.close();
  })();
  let got = 0;
  for await (const chunk of far.readable) got += chunk.length;
  expect(got).toBe(total);
  await writing;
  await leave(both);
});

it.each([1, 4])("a reader gets up to half of the credit that others have left: %i readers", async (count) => {
  const both = await dilatedPair();
  const nears = await Promise.all(Array.from({ length: count }, () => both.a.client.connect()));
  const arrivals = both.b.server.listen();
  const fars = await Promise.all(nears.map(async () => (await arrivals.next()).value as Subchannel));
  for (const [n, near] of nears.entries()) {
    const writer = near.writable.getWriter();
    await writer.write(new Uint8Array(2 * CREDIT_STEP_BYTES));
    writer.releaseLock();
    const reader = fars[n]?.readable.getReader();
    await reader?.read();
    reader?.releaseLock();
  }
  const unread = await Promise.all(nears.map((near) => fill(near)));
  for (const [n, each] of unread.entries()) {
    const most = CREDIT_BYTES + SHARED_CREDIT_BYTES / 2 ** (n + 1);
    expect(each).toBeGreaterThan(most - 2 * CREDIT_STEP_BYTES);
    expect(each).toBeLessThan(most + MIB);
  }
  await leave(both);
});

it("twelve readers that stop one after the other do not block the next one", async () => {
  const both = await dilatedPair();
  const arrivals = both.b.server.listen();
  const join = async () => [await both.a.client.connect(), (await arrivals.next()).value as Subchannel] as const;
  for (let n = 0; n < 12; n++) expect(await stopInTheMiddle(...(await join()))).toBeGreaterThan(FIRST_CREDIT_BYTES);
  await carry(...(await join()));
  await leave(both);
});

it("a subchannel whose reader has read nothing gives no credit", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  void near.close();
  const far = (await both.b.server.listen().next()).value;
  // There are other subchannels now.
  await both.a.client.connect();
  const writer = far.writable.getWriter();
  for (let sent = 0; sent < 3 * CREDIT_BYTES; sent += MIB) await writer.write(new Uint8Array(MIB));
  await writer.close();
  await leave(both);
});

it("data for a reader that has cancelled costs no credit", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  await far.readable.cancel();
  const writer = near.writable.getWriter();
  for (let sent = 0; sent < 3 * CREDIT_BYTES; sent += MIB) await writer.write(new Uint8Array(MIB));
  await writer.close();
  await leave(both);
});

it("a program without this extension gets no credit, and waits for the connection instead", async () => {
  const both = await dilatedPair({
    censor: (message) => (message.type === "please" ? { ...message, extensions: [] } : message),
  });
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  const written = await fill(near);
  expect(written).toBeGreaterThan(MAX_UNREAD_BYTES);
  let got = 0;
  void near.writable.close().catch(() => {});
  for await (const chunk of far.readable) got += chunk.length;
  expect(got).toBe(written);
  await leave(both);
});
