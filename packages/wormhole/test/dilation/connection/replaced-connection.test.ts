/** How long a replaced connection stays open. */
import { expect, it } from "vitest";
import { ReplacedConnection } from "../../../src/dilation/connection/replaced-connection.ts";
import { REPLACED_DEADLINE_MS } from "../../../src/dilation/limits.ts";
import { connectedPair } from "../../../src/testing/memory-connection.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";

function replaced() {
  const clock = new VirtualClock();
  const [near, far] = connectedPair(
    { description: "near", arrivals: queueMicrotask },
    { description: "far", arrivals: queueMicrotask },
  );
  const ends = { near: false, far: false };
  near.onClose = () => {
    ends.near = true;
  };
  far.receive({
    chunk() {},
    ended() {
      ends.far = true;
    },
  });
  return { clock, far, ends, connection: new ReplacedConnection(near, clock) };
}

// proves: dilation/replaced-stays-open
it("a replaced connection is closed after its deadline, and not before", async () => {
  const { clock, ends } = replaced();
  await clock.advance(REPLACED_DEADLINE_MS - 1);
  expect(ends).toEqual({ near: false, far: false });
  await clock.advance(1);
  expect(ends).toEqual({ near: true, far: true });
});

it("a replaced connection is closed as soon as the peer closes it", async () => {
  const { clock, ends, far } = replaced();
  far.destroy();
  await clock.advance(1);
  expect(ends.near).toBe(true);
});

it("a replaced connection can be dropped at once", async () => {
  const { clock, ends, connection } = replaced();
  connection.drop();
  await clock.advance(1);
  expect(ends).toEqual({ near: true, far: true });
});
