/**
 * Dilation: subchannels between two processes over loopback, ours against the Python library's, and against our own
 * transit. All take turns, so that slow and fast minutes of the machine fall on all.
 *
 *     npm run bench -- dilation [--rounds 5] [--mib 200] [--quick]
 *
 * Both sides hash what goes through (SHA-256), which costs all alike; the rows "compared" have a cheaper check instead
 * and show what the libraries themselves cost. `--quick`: one subchannel, directly, nothing else.
 */
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { launch, tail } from "../test/interop/processes.ts";
import { python } from "../test/interop/programs.ts";
import { ratio, spread, table } from "./harness/statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    mib: { type: "string", default: "200" },
    quick: { type: "boolean", default: false },
  },
});
const [rounds, size] = [Number(values.rounds), Number(values.mib) * 2 ** 20];

/** What one end has used. */
interface Used {
  readonly seconds: number;
  readonly cpu: number;
  readonly memory: number;
  readonly p50?: number;
  readonly p99?: number;
}

interface Run {
  readonly push: Used;
  readonly sink: Used;
}

interface Setting {
  readonly title: string;
  readonly chunk: number;
  readonly subchannels: number;
  readonly check: "hash" | "compare";
  readonly relayed: boolean;
}

if ("missing" in python.found) throw new Error(`${python.title} is needed: ${python.found.missing}`);
const harness = join(import.meta.dirname, "harness");
const contestants = {
  ours: [process.execPath, join(harness, "dilation-peer.ts")],
  python: [join(dirname(python.found.program), "python"), join(harness, "dilation-peer.py")],
  transit: [process.execPath, join(harness, "transit-peer.ts")],
} as const;
type Contestant = keyof typeof contestants;

const one = { subchannels: 1, check: "hash", relayed: false } as const;
const quick: Setting[] = [
  { ...one, title: "65,000 bytes a write", chunk: 65_000 },
  { ...one, title: "16,384 bytes a write", chunk: 16_384 },
];
const more: Setting[] = [
  { ...one, title: "65,000, eight subchannels", chunk: 65_000, subchannels: 8 },
  { ...one, title: "65,000, relayed", chunk: 65_000, relayed: true },
  { ...one, title: "16,384, relayed", chunk: 16_384, relayed: true },
  { ...one, title: "65,000, compared", chunk: 65_000, check: "compare" },
  { ...one, title: "16,384, compared", chunk: 16_384, check: "compare" },
];

let nameplate = 0;

const serve = launch(
  [process.execPath, join(import.meta.dirname, "../packages/cli/bin/wormhole.js"), "serve", "--memory"].concat(
    ["--mailbox-port", "0", "--relay-port", "0"], // biome-ignore format: options and values
  ),
  { seconds: 3600 },
);
try {
  const mailbox = await serve.says(/mailbox (\S+)/);
  const relay = await serve.says(/relay (tcp:\S+)/);
  for (const setting of values.quick ? quick : [...quick, ...more]) await compare(setting, mailbox, relay);
} finally {
  await serve.stop();
}

async function compare(setting: Setting, mailbox: string, relay: string): Promise<void> {
  const names: Contestant[] = ["ours", "python"];
  if (setting.subchannels === 1 && setting.check === "hash") names.push("transit");
  const runs = new Map<Contestant, Run[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) runs.get(name)?.push(await transfer(name, setting, mailbox, relay));
  }
  report(setting, runs);
}

async function transfer(name: Contestant, setting: Setting, mailbox: string, relay: string): Promise<Run> {
  const { chunk, subchannels, check, relayed } = setting;
  const code = `${++nameplate}-dilation-bench`;
  const bytes = String(Math.floor(size / subchannels));
  const rest = [mailbox, code, bytes, String(chunk), String(subchannels), check, ...(relayed ? [relay] : [])];
  const [sink, push] = ["sink", "push"].map((role) => launch([...contestants[name], role, ...rest], { seconds: 300 }));
  if (!sink || !push) throw new Error("nothing was launched");
  const [sunk, pushed] = await Promise.all([sink.ended, push.ended]);
  if (sunk.code !== 0 || pushed.code !== 0) throw new Error(`${name}: ${tail(sunk)}\n${tail(pushed)}`);
  return { sink: lastLine(sunk.stdout), push: lastLine(pushed.stdout) };
}

function lastLine(output: string): Used {
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Used;
}

function report({ title }: Setting, runs: Map<Contestant, Run[]>): void {
  const rows = [...runs].map(([name, all]) => [
    name,
    spread(all.map(rate), 0),
    spread(all.map(({ push }) => push.cpu)),
    spread(all.map(({ sink }) => sink.cpu)),
    spread(all.map(({ push, sink }) => Math.max(push.memory, sink.memory)), 0), // biome-ignore format: one column
    name === "transit" ? "" : spread(all.map(({ push }) => push.p50 ?? 0)),
    name === "transit" ? "" : spread(all.map(({ push }) => push.p99 ?? 0)),
  ]);
  const head = ["", "MB/s", "CPU s push", "CPU s sink", "peak MB", "echo ms p50", "p99"];
  console.log(`\n${title} (${size} bytes, ${rounds} rounds)\n\n${table([head, ...rows])}\n`);
  const of = (name: Contestant, pick: (run: Run) => number) => (runs.get(name) ?? []).map(pick);
  const compared = (pick: (run: Run) => number) => ratio(of("ours", pick), of("python", pick)).toFixed(2);
  const cpu = `push ${compared(({ push }) => push.cpu)}, sink ${compared(({ sink }) => sink.cpu)}`;
  console.log(`ours to Python's: rate ${compared(rate)}; CPU ${cpu}`);
  if (runs.has("transit"))
    console.log(`rate, ours to our transit's: ${ratio(of("ours", rate), of("transit", rate)).toFixed(2)}`);
}

function rate({ push }: Run): number {
  return size / 1e6 / push.seconds;
}
