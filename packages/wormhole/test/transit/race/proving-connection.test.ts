/** The order of the bytes of a connection that proves itself while more of them arrive. */
import { expect, it } from "vitest";
import type { Connection, Receiver } from "../../../src/net/connection.ts";
import { ProvingConnection } from "../../../src/transit/race/proving-connection.ts";

/** A record of two bytes that says whether it is the first one of the sender. */
const firstRecord = { readLength: (bytes: Uint8Array, at: number) => bytes[at + 3] ?? 0, opens: () => true };
const FIRST = [0, 0, 0, 2, 7, 7];

/** A connection whose bytes come when the test says so. */
class Fake implements Connection {
  readonly description = "fake";
  readonly localAddress = undefined;
  receiver: Receiver | undefined;
  receive(receiver: Receiver): void {
    this.receiver = receiver;
  }
  bring(...bytes: number[]): void {
    this.receiver?.chunk(new Uint8Array(bytes));
  }
  write = () => true;
  drained = () => Promise.resolve();
  end = () => Promise.resolve();
  pause(): void {}
  resume(): void {}
  destroy(): void {}
}

/** A connection whose first candidate is settled as soon as it has proved itself. */
function proving() {
  const fake = new Fake();
  const connection: ProvingConnection = new ProvingConnection(firstRecord, {
    proved: (id) => connection.settle(id),
    doubted() {},
    dropped() {},
  });
  connection.add(1, fake, "fake", new Uint8Array(0));
  return { fake, connection };
}

/** Collects what arrives. `onFirst` is called during the first arrival. */
function collector(onFirst = () => {}) {
  const bytes: number[] = [];
  const receiver: Receiver = {
    chunk(chunk) {
      const isFirst = bytes.length === 0;
      bytes.push(...chunk);
      if (isFirst) onFirst();
    },
    ended() {},
  };
  return { bytes, receiver };
}

const soon = () => new Promise(setImmediate);

it.each<[string, (fake: Fake, connection: ProvingConnection, receiver: Receiver) => void | Promise<void>]>([
  [
    "before the receiver is set",
    (fake, connection, receiver) => {
      fake.bring(...FIRST);
      fake.bring(1);
      connection.receive(receiver);
      fake.bring(2);
    },
  ],
  [
    "after the receiver is set",
    (fake, connection, receiver) => {
      connection.receive(receiver);
      fake.bring(...FIRST);
      fake.bring(1);
      fake.bring(2);
    },
  ],
  [
    "long after the proof",
    async (fake, connection, receiver) => {
      fake.bring(...FIRST);
      await soon();
      fake.bring(1);
      connection.receive(receiver);
      fake.bring(2);
    },
  ],
])("bytes that come with the proof arrive in their order: %s", async (_, play) => {
  const { fake, connection } = proving();
  const { bytes, receiver } = collector();
  await play(fake, connection, receiver);
  await soon();
  fake.bring(3);
  expect(bytes).toEqual([...FIRST, 1, 2, 3]);
});

it("bytes that arrive while the receiver gets the earlier ones are not lost", async () => {
  const { fake, connection } = proving();
  const { bytes, receiver } = collector(() => fake.bring(1));
  connection.receive(receiver);
  fake.bring(...FIRST);
  await soon();
  fake.bring(2);
  expect(bytes).toEqual([...FIRST, 1, 2]);
});
