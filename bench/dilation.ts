/**
 * Dilation: subchannels between two processes over loopback, compared with the Python library and with our own transit.
 * They take turns, so that slow and fast minutes of the machine affect all of them.
 *
 *     npm run bench -- dilation [--rounds 5] [--mib 200] [--only 'eight|relayed']
 *
 * Both sides hash the data (SHA-256), which costs the same everywhere. The rows "compared" use a cheaper check instead, and
 * show the cost of the libraries themselves. Transit is our record pipe in two processes, with one record per write and the same
 * check. The time is measured from the first subchannel until the reader's answer has come.
 */
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { launch, tail } from "../test/support/processes.ts";
import { python } from "../test/support/programs.ts";
import { alone } from "./harness/alone.ts";
import { ratio, spread, table } from "./harness/statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    mib: { type: "string", default: "200" },
    only: { type: "string", default: "" },
  },
});
const [rounds, size] = [Number(values.rounds), Number(values.mib) * 2 ** 20];
/** Time during which the load by other programs is measured. */
const REST_MS = 300;

/** Resources that one end has used. */
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
const settings: Setting[] = [
  { ...one, title: "65,000 bytes a write", chunk: 65_000 },
  { ...one, title: "16,384 bytes a write", chunk: 16_384 },
  { ...one, title: "65,000, eight subchannels", chunk: 65_000, subchannels: 8 },
  { ...one, title: "65,000, relayed", chunk: 65_000, relayed: true },
  { ...one, title: "16,384, relayed", chunk: 16_384, relayed: true },
  { ...one, title: "65,000, eight subchannels, relayed", chunk: 65_000, subchannels: 8, relayed: true },
  { ...one, title: "65,000, compared", chunk: 65_000, check: "compare" },
  { ...one, title: "16,384, compared", chunk: 16_384, check: "compare" },
  { ...one, title: "65,000, eight subchannels, compared", chunk: 65_000, subchannels: 8, check: "compare" },
  { ...one, title: "65,000, relayed, compared", chunk: 65_000, relayed: true, check: "compare" },
  { ...one, title: "16,384, relayed, compared", chunk: 16_384, relayed: true, check: "compare" },
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
  const only = new RegExp(values.only);
  for (const setting of settings.filter(({ title }) => only.test(title))) await compare(setting, mailbox, relay);
} finally {
  await serve.stop();
}

async function compare(setting: Setting, mailbox: string, relay: string): Promise<void> {
  const names: Contestant[] = ["ours", "python"];
  if (setting.subchannels === 1) names.push("transit");
  const runs = new Map<Contestant, Run[]>(names.map((name) => [name, []]));
  const others: number[] = [];
  for (let round = 0; round < rounds; round++) {
    others.push(await busyWithOthers());
    for (const name of names) runs.get(name)?.push(await transfer(name, setting, mailbox, relay));
  }
  report(setting, runs);
  const floor = Array.from({ length: rounds }, () => alone(size, setting.chunk, setting.check === "hash"));
  const what = setting.check === "hash" ? "ciphers and hashes" : "ciphers";
  console.log(`our ${what} alone, in one process: CPU ${spread(floor)} s`);
  console.log(`others kept ${spread(others, 1)} of ${cpus().length} processors busy`);
}

/** Average number of processors that other programs use. */
async function busyWithOthers(): Promise<number> {
  const before = idleSeconds();
  await sleep(REST_MS);
  return Math.max(0, cpus().length - ((idleSeconds() - before) * 1000) / REST_MS);
}

function idleSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle / 1000, 0);
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
  const of = (name: Contestant, pick: (run: Run) => number) => (runs.get(name) ?? []).map(pick);
  const row = (name: Contestant) => [
    name,
    spread(of(name, rate), 0),
    spread(of(name, cpu)),
    ...(["push", "sink"] as const).map((end) => spread(of(name, (run) => run[end].cpu))),
    ...(["push", "sink"] as const).map((end) => spread(of(name, (run) => run[end].memory), 0)), // biome-ignore format: like the line above
    ...(["p50", "p99"] as const).map((which) =>
      name === "transit" ? "" : spread(of(name, ({ push }) => push[which] ?? 0)),
    ),
  ];
  const head = ["", "MB/s", "CPU s", "push", "sink", "peak MB push", "sink", "echo ms p50", "p99"];
  console.log(`\n${title} (${size} bytes, ${rounds} rounds)\n\n${table([head, ...[...runs.keys()].map(row)])}\n`);
  const compared = (name: Contestant, pick: (run: Run) => number) => ratio(of("ours", pick), of(name, pick)).toFixed(2);
  console.log(`ours to Python's: rate ${compared("python", rate)}, CPU ${compared("python", cpu)}`);
  if (runs.has("transit"))
    console.log(`ours to our transit's: rate ${compared("transit", rate)}, CPU ${compared("transit", cpu)}`);
}

/** Processor time of both ends. */
function cpu({ push, sink }: Run): number {
  return push.cpu + sink.cpu;
}

function rate({ push }: Run): number {
  return size / 1e6 / push.seconds;
}
