/** The outbox: sequence numbers, acknowledgements, and records that are sent again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Outbox, type Owner } from "../../../src/dilation/streams/outbox.ts";

/** An owner that counts its unacknowledged bytes. */
class Count implements Owner {
  bytes = 0;

  underway(bytes: number): void {
    this.bytes += bytes;
  }
}

/** The cost of a record of one byte. */
const COST = 65;

/** An outbox with records whose only byte is their number (below 256). */
function filled(count: number) {
  const outbox = new Outbox();
  const owner = new Count();
  for (let n = 0; n < count; n++) outbox.push(Uint8Array.of(outbox.seqnum), owner);
  return { outbox, owner };
}

/** Sends at most so many records. Returns their numbers. */
function send(outbox: Outbox, most = Number.POSITIVE_INFINITY): number[] {
  const sent: number[] = [];
  for (let record = outbox.peek(); record !== undefined && sent.length < most; record = outbox.peek()) {
    sent.push(record[0] ?? -1);
    outbox.shift();
  }
  return sent;
}

describe("the outbox", () => {
  it("numbers records from 0, sent or not", () => {
    const { outbox, owner } = filled(3);
    expect(outbox.seqnum).toBe(3);
    send(outbox);
    outbox.push(Uint8Array.of(3), owner);
    expect(outbox.seqnum).toBe(4);
  });

  it("continues the numbers after everything was acknowledged", () => {
    const { outbox } = filled(3);
    send(outbox);
    outbox.acknowledge(2);
    expect([outbox.isEmpty, outbox.seqnum]).toEqual([true, 3]);
  });

  it("sends each record once over one connection, in order", () => {
    const { outbox, owner } = filled(2);
    expect(send(outbox)).toEqual([0, 1]);
    outbox.push(Uint8Array.of(2), owner);
    expect(send(outbox)).toEqual([2]);
    expect(send(outbox)).toEqual([]);
  });

  // proves: dilation/unacknowledged-sent-again
  it("sends unacknowledged records again over a new connection, before new ones", () => {
    const { outbox, owner } = filled(4);
    send(outbox);
    outbox.acknowledge(1);
    outbox.rewind();
    outbox.push(Uint8Array.of(4), owner);
    expect(send(outbox)).toEqual([2, 3, 4]);
  });

  it("takes an acknowledgement for all records up to it, and ignores an old one", () => {
    const { outbox, owner } = filled(4);
    send(outbox);
    expect(outbox.acknowledge(2)).toBe(true);
    expect([outbox.bytes, owner.bytes]).toEqual([COST, COST]);
    expect(outbox.acknowledge(0)).toBe(true);
    expect([outbox.bytes, owner.bytes]).toEqual([COST, COST]);
  });

  it("skips records that are acknowledged while they wait to be sent again", () => {
    const { outbox } = filled(6);
    send(outbox);
    outbox.rewind();
    expect(send(outbox, 1)).toEqual([0]);
    expect(outbox.acknowledge(3)).toBe(true);
    expect(send(outbox)).toEqual([4, 5]);
  });

  it("accepts acknowledgements of records that were sent over an older connection", () => {
    const { outbox } = filled(3);
    send(outbox);
    outbox.rewind();
    expect(outbox.acknowledge(2)).toBe(true);
    expect(outbox.isEmpty).toBe(true);
    expect(send(outbox)).toEqual([]);
  });

  // proves: dilation/only-sent-acknowledged
  it("refuses acknowledgements of records that were never sent, and keeps all records", () => {
    const { outbox, owner } = filled(3);
    expect(outbox.acknowledge(0)).toBe(false);
    send(outbox, 2);
    expect(outbox.acknowledge(2)).toBe(false);
    expect(outbox.acknowledge(0xffffffff)).toBe(false);
    expect(owner.bytes).toBe(3 * COST);
    expect(outbox.acknowledge(1)).toBe(true);
    expect(send(outbox)).toEqual([2]);
  });

  it("reports to each owner its own records", () => {
    const outbox = new Outbox();
    const [a, b] = [new Count(), new Count()];
    for (const owner of [a, b, a]) outbox.push(new Uint8Array(1), owner);
    send(outbox);
    outbox.acknowledge(1);
    expect([a.bytes, b.bytes]).toEqual([COST, 0]);
  });
});

const count = fc.nat(150);
const act = fc.oneof(
  { arbitrary: fc.constant({ do: "push" } as const), weight: 10 },
  { arbitrary: fc.constant({ do: "rewind" } as const), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("send" as const), count }), weight: 1 },
  { arbitrary: fc.record({ do: fc.constant("acknowledge" as const), count }), weight: 1 },
);

it("behaves like a list of all records without the acknowledged ones, through any history", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 600, size: "max" }), (acts) => {
      const outbox = new Outbox();
      const owner = new Count();
      let [pushed, acknowledged, next, everSent] = [0, 0, 0, 0];
      for (const each of acts) {
        if (each.do === "push") {
          outbox.push(Uint8Array.of(pushed >> 8, pushed & 255), owner);
          pushed++;
        } else if (each.do === "rewind") {
          outbox.rewind();
          next = acknowledged;
        } else if (each.do === "send") {
          for (let n = 0; n < each.count && next < pushed; n++, next++) {
            expect(outbox.peek()).toEqual(Uint8Array.of(next >> 8, next & 255));
            outbox.shift();
          }
          everSent = Math.max(everSent, next);
        } else {
          const upTo = acknowledged + each.count - 1;
          expect(upTo < 0 || outbox.acknowledge(upTo)).toBe(upTo < everSent);
          if (upTo < everSent) [acknowledged, next] = [Math.max(acknowledged, upTo + 1), Math.max(next, upTo + 1)];
        }
        expect(outbox.seqnum).toBe(pushed);
        expect(owner.bytes).toBe((pushed - acknowledged) * (2 + COST - 1));
        expect([outbox.bytes, outbox.isEmpty]).toEqual([owner.bytes, owner.bytes === 0]);
      }
    }),
    { numRuns: 100 },
  );
});
