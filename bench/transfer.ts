/**
 * Measures the transfer of a file between two processes over loopback: by our program, by the Python program, and by a
 * floor without protocol and encryption. They take turns, so that slow and fast minutes of the machine affect all of
 * them.
 *
 *     npm run bench -- transfer [--rounds 5] [--size 1073741824]
 */
import { createHash, randomFillSync } from "node:crypto";
import { closeSync, createReadStream, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { type Conditions, ours, type Program, python } from "../test/support/programs.ts";
import { ourServers } from "../test/support/servers.ts";
import { type Measured, measure } from "./harness/measure.ts";
import { ratio, spread, table } from "./harness/statistics.ts";

const options = {
  rounds: { type: "string", default: "5" },
  size: { type: "string", default: String(2 ** 30) },
} as const;
const { values } = parseArgs({ options });
const [rounds, size] = [Number(values.rounds), Number(values.size)];

/** A program under test: how it sends, and how it receives into its working directory. */
interface Contestant {
  readonly title: string;
  readonly code: RegExp;
  readonly send: (path: string) => readonly string[];
  readonly receive: (code: string) => readonly string[];
}

const floorScript = join(import.meta.dirname, "harness/floor.ts");
const NAME = "big.bin";

const floor: Contestant = {
  title: "floor",
  code: /^port (\d+)\n/m,
  send: (path) => [process.execPath, floorScript, "send", path],
  receive: (port) => [process.execPath, floorScript, "receive", port, NAME],
};

const contestant = (program: Program, conditions: Conditions): Contestant => ({
  title: program.title,
  code: /code is: (\S+)\s/,
  send: (path) => program.send(conditions, { path }),
  receive: (code) => program.receive({ ...conditions, code }, true),
});

if ("missing" in python.found) throw new Error(`${python.title} is needed: ${python.found.missing}`);

const folder = mkdtempSync(join(tmpdir(), "bench-transfer-"));
const servers = await ourServers.start();
try {
  const conditions: Conditions = { mailbox: servers.mailbox, relay: servers.relay, way: "direct" };
  await compare([contestant(ours, conditions), contestant(python, conditions), floor]);
} finally {
  rmSync(folder, { recursive: true });
  await servers.stop();
}

async function compare(contestants: readonly Contestant[]): Promise<void> {
  const source = join(folder, NAME);
  writeRandom(source);
  const hash = await sha256(source);
  const runs = contestants.map((): Measured[] => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [index, each] of contestants.entries()) {
      const into = join(folder, "into");
      mkdirSync(into);
      const run = await measure(each.send(source), each.receive, { staged: each.code }, into);
      if ((await sha256(join(into, NAME))) !== hash)
        throw new Error(`${each.title}: the received file differs from the one sent`);
      rmSync(into, { recursive: true });
      runs[index]?.push(run);
      console.error(`round ${round}: ${each.title} ${run.seconds.toFixed(2)} s`);
    }
  }
  report(contestants, runs);
}

function report(contestants: readonly Contestant[], runs: readonly (readonly Measured[])[]): void {
  const head = ["", "wall s", "MB/s", "CPU s sender", "receiver", "peak MB sender", "receiver"];
  const rows = contestants.map(({ title }, index) => row(title, runs[index] ?? []));
  console.log(`\n${size} bytes, ${rounds} rounds; wall: from the launch of the receiver to the end of both\n`);
  console.log(table([head, ...rows]));
  const [mine = [], theirs = [], least = []] = runs.map((each) => each.map(({ seconds }) => seconds));
  console.log(`\nrate, ours to Python's: ${ratio(theirs, mine).toFixed(2)}`);
  console.log(`rate, ours to the floor's: ${ratio(least, mine).toFixed(2)}`);
}

function row(title: string, runs: readonly Measured[]): string[] {
  const of = (pick: (run: Measured) => number, digits?: number) => spread(runs.map(pick), digits);
  return [
    title,
    of(({ seconds }) => seconds),
    of(({ seconds }) => size / 1e6 / seconds, 0),
    of(({ sender }) => sender.cpu),
    of(({ receiver }) => receiver.cpu),
    of(({ sender }) => sender.memory, 0),
    of(({ receiver }) => receiver.memory, 0),
  ];
}

function writeRandom(path: string): void {
  const block = Buffer.alloc(1 << 20);
  const file = openSync(path, "w");
  for (let left = size; left > 0; left -= block.length) {
    writeSync(file, randomFillSync(block), 0, Math.min(left, block.length));
  }
  closeSync(file);
}

async function sha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest("hex");
}
