/**
 * One end of a dilated wormhole of this library. dilation-peer.py does the same with the Python library.
 *
 *     dilation-peer.ts push|sink URL CODE BYTES CHUNK SUBCHANNELS hash|compare [RELAY]
 *
 * BYTES is the number for each subchannel. With a relay, neither side listens. The last line of output is JSON.
 */
import { randomBytes } from "node:crypto";
import { createWormhole } from "../../packages/wormhole/dist/index.js";
import { Check, type CheckWay, conclude, processTimes } from "./peer.ts";

type Subchannel = import("../../packages/wormhole/dist/index.js").Subchannel;

const [role = "", relayUrl = "", code = "", bytes = "", chunk = "", subchannels = "", way = "", relay] =
  process.argv.slice(2);
const [BYTES, CHUNK, COUNT] = [Number(bytes), Number(chunk), Number(subchannels)];
const ECHOES = 500;

async function push(subchannel: Subchannel): Promise<void> {
  const check = new Check(way as CheckWay);
  const writer = subchannel.writable.getWriter();
  const whole = new Uint8Array(randomBytes(CHUNK));
  for (let left = BYTES; left > 0; left -= CHUNK) {
    const chunk = left < CHUNK ? whole.subarray(0, left) : whole;
    check.take(chunk);
    await writer.ready;
    writer.write(chunk).catch(() => {});
  }
  const { value } = await subchannel.readable.getReader().read();
  if (new TextDecoder().decode(value) !== check.sum()) throw new Error("the received bytes differ from those sent");
}

async function sink(subchannel: Subchannel): Promise<void> {
  const check = new Check(way as CheckWay);
  let got = 0;
  for await (const chunk of subchannel.readable) {
    check.take(chunk, true);
    got += chunk.length;
    if (got === BYTES) break;
  }
  await subchannel.writable.getWriter().write(new TextEncoder().encode(check.sum()));
}

/** Round-trip times in milliseconds, sorted. */
async function ask(subchannel: Subchannel): Promise<number[]> {
  const [writer, reader] = [subchannel.writable.getWriter(), subchannel.readable.getReader()];
  const times: number[] = [];
  while (times.length < ECHOES) {
    const asked = performance.now();
    void writer.write(Uint8Array.of(1));
    await reader.read();
    times.push(performance.now() - asked);
  }
  return times.sort((a, b) => a - b);
}

const wormhole = createWormhole({ appId: "bench/dilation", relayUrl });
wormhole.setCode(code);
const dilated = await wormhole.dilate(relay === undefined ? {} : { relays: [relay], listen: false });
let times: number[] = [];
if (role === "push") times = await ask(await dilated.connector("echo").connect());
else {
  const echo = (await dilated.listener("echo").listen().next()).value as Subchannel;
  void echo.readable.pipeTo(echo.writable).catch(() => {});
}

let start = processTimes();
if (role === "push") {
  const all = await Promise.all(Array.from({ length: COUNT }, () => dilated.connector("bench").connect()));
  await Promise.all(all.map(push));
} else {
  const arrivals = dilated.listener("bench").listen();
  const all: Subchannel[] = [];
  while (all.length < COUNT) {
    all.push((await arrivals.next()).value as Subchannel);
    if (all.length === 1) start = processTimes();
  }
  await Promise.all(all.map(sink));
}
const echo = role === "push" ? { p50: times[ECHOES / 2], p99: times[(ECHOES * 99) / 100] } : {};
await conclude(start, echo);
