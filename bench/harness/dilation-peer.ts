/**
 * One end of a dilated wormhole of ours. What it does, dilation-peer.py does as well.
 *
 *     dilation-peer.ts push|sink URL CODE BYTES CHUNK SUBCHANNELS hash|compare [RELAY]
 *
 * Bytes are those of one subchannel. With a relay, nobody listens. The last line is JSON.
 */
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createWormhole } from "../../packages/wormhole/dist/index.js";

type Subchannel = import("../../packages/wormhole/dist/index.js").Subchannel;

const [role = "", relayUrl = "", code = "", bytes = "", chunk = "", subchannels = "", check = "", relay] =
  process.argv.slice(2);
const [BYTES, CHUNK, COUNT] = [Number(bytes), Number(chunk), Number(subchannels)];
const ECHOES = 500;

/** A hash of all bytes, or a comparison of each chunk with the first one. */
function checker(): { take: (chunk: Uint8Array) => void; sum: () => string } {
  const hash = createHash("sha256");
  let first: Uint8Array | undefined;
  if (check === "hash") return { take: (chunk) => void hash.update(chunk), sum: () => hash.digest("hex") };
  return {
    take(chunk) {
      first ??= chunk;
      if (Buffer.compare(first.subarray(0, chunk.length), chunk) !== 0)
        throw new Error("what arrived is something else");
    },
    sum: () => "same",
  };
}

async function push(subchannel: Subchannel): Promise<void> {
  const { take, sum } = checker();
  const writer = subchannel.writable.getWriter();
  const whole = new Uint8Array(randomBytes(CHUNK));
  for (let left = BYTES; left > 0; left -= CHUNK) {
    const chunk = left < CHUNK ? whole.subarray(0, left) : whole;
    take(chunk);
    await writer.ready;
    writer.write(chunk).catch(() => {});
  }
  const { value } = await subchannel.readable.getReader().read();
  if (new TextDecoder().decode(value) !== sum()) throw new Error("what arrived is something else");
}

async function sink(subchannel: Subchannel): Promise<void> {
  const { take, sum } = checker();
  let got = 0;
  for await (const chunk of subchannel.readable) {
    take(chunk);
    got += chunk.length;
    if (got === BYTES) break;
  }
  await subchannel.writable.getWriter().write(new TextEncoder().encode(sum()));
}

/** Milliseconds to the other side and back, sorted. */
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

const seconds = ({ userCPUTime, systemCPUTime }: NodeJS.ResourceUsage) => (userCPUTime + systemCPUTime) / 1e6;

const wormhole = createWormhole({ appId: "bench/dilation", relayUrl });
wormhole.setCode(code);
const dilated = await wormhole.dilate(relay === undefined ? {} : { relays: [relay], listen: false });
let times: number[] = [];
if (role === "push") times = await ask(await dilated.connector("echo").connect());
else {
  const echo = (await dilated.listener("echo").listen().next()).value as Subchannel;
  void echo.readable.pipeTo(echo.writable).catch(() => {});
}
let start = performance.now();
let used = seconds(process.resourceUsage());
if (role === "push") {
  const all = await Promise.all(Array.from({ length: COUNT }, () => dilated.connector("bench").connect()));
  await Promise.all(all.map(push));
} else {
  const arrivals = dilated.listener("bench").listen();
  const all: Subchannel[] = [];
  while (all.length < COUNT) all.push((await arrivals.next()).value as Subchannel);
  await Promise.all(all.map(sink));
}
start = (performance.now() - start) / 1000;
used = seconds(process.resourceUsage()) - used;
await sleep(300);
const memory = (process.resourceUsage().maxRSS * 1024) / 1e6;
const echo = role === "push" ? { p50: times[ECHOES / 2], p99: times[(ECHOES * 99) / 100] } : {};
console.log(JSON.stringify({ seconds: start, cpu: used, memory, ...echo }));
// How long a farewell takes is not measured.
process.exit(0);
