/**
 * Measures the transfer of a small text, from the launch to the exit of both programs: ours, the Python program and the
 * Go program, with the same mailbox servers. "Staged": the sender is waiting when the receiver is launched. "Together":
 * both are launched at once.
 *
 *     npm run bench -- text [--rounds 11]
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Conditions, go, ours, type Program, python } from "../test/support/programs.ts";
import { ourServers, pythonServers, type ServerKind } from "../test/support/servers.ts";
import { measure } from "./harness/measure.ts";
import { ratio, spread, table } from "./harness/statistics.ts";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "11" } } });
const rounds = Number(values.rounds);
const TEXT = "the quick brown fox jumps over the lazy dog";
const MODES = ["staged", "together"] as const;
type Mode = (typeof MODES)[number];

let nameplate = 1000;

const all = [ours, python, go];
const programs = all.filter(({ found }) => "program" in found);
for (const { title, found } of all) if ("missing" in found) console.error(`${title} is left out: ${found.missing}`);

const folder = mkdtempSync(join(tmpdir(), "bench-text-"));
try {
  for (const kind of [pythonServers, ourServers]) await compare(kind);
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(kind: ServerKind): Promise<void> {
  const servers = await kind.start();
  const conditions: Conditions = { mailbox: servers.mailbox, relay: servers.relay, way: "direct" };
  const seconds = new Map(programs.map((program) => [program, { staged: [] as number[], together: [] as number[] }]));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const mode of MODES) {
        for (const [program, results] of seconds) results[mode].push(await once(program, conditions, mode));
      }
    }
  } finally {
    await servers.stop();
  }
  report(kind, seconds);
}

async function once(program: Program, conditions: Conditions, mode: Mode): Promise<number> {
  const code = `${nameplate++}-guitarist-revenge`;
  const send = program.send(mode === "staged" ? conditions : { ...conditions, code }, { text: TEXT });
  const receive = (heard: string) => program.receive({ ...conditions, code: heard }, true);
  const clock = mode === "staged" ? { staged: /code is: (\S+)\s/ } : { together: code };
  return (await measure(send, receive, clock, folder)).seconds;
}

function report(kind: ServerKind, seconds: ReadonlyMap<Program, Record<Mode, readonly number[]>>): void {
  const mine = seconds.get(ours) ?? { staged: [], together: [] };
  const rows = [...seconds].flatMap(([program, results]) =>
    MODES.map((mode) => {
      const times = program === ours ? "" : ratio(mine[mode], results[mode]).toFixed(2);
      return [program.title, mode, spread(results[mode], 3), times];
    }),
  );
  console.log(`\nA text on ${kind.title}, ${rounds} rounds\n`);
  console.log(table([["", "", "seconds", "ours / theirs"], ...rows]));
}
