/** Useless connections: they are cut before they carry anything. */
import { expect, it } from "vitest";
import type { DilationStatus } from "../../../src/dilation/api.ts";
import { MemoryNetwork } from "../../../src/testing/network.ts";
import { pass } from "../clock.ts";
import { bytes, dilatedPair, leave } from "../pair.ts";

/** Cuts every connection as soon as the leader has it, while `cutting.now` is true. */
function cutter(network: MemoryNetwork, cutting: { now: boolean }) {
  const generations: number[] = [];
  const onStatus = ({ generation, peerConnection }: DilationStatus) => {
    if (peerConnection.state !== "connected") return;
    generations.push(generation);
    if (cutting.now) queueMicrotask(() => network.cut());
  };
  return { generations, onStatus };
}

it("useless connections are replaced at once a few times, and then after pauses", async () => {
  const network = new MemoryNetwork();
  const cutting = { now: false };
  const { generations, onStatus } = cutter(network, cutting);
  const both = await dilatedPair({ network, leader: { onStatus } });
  cutting.now = true;
  network.cut();
  await pass(1_500);
  expect(generations.length).toBeGreaterThan(4);
  expect(generations.length).toBeLessThan(15);
  cutting.now = false;
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  await near.writable.getWriter().write(bytes("at last"));
  expect((await far.readable.getReader().read()).value).toEqual(bytes("at last"));
  await leave(both);
});
