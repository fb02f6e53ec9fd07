/**
 * Everything that has to hold: `npm test`. Builds, checks the sources, then runs all tests in three lanes side by side, because many
 * tests wait more than they compute. Stops at the first step that fails. The last line is "N passed, N failed, N skipped".
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILD, runLanes, SOURCE_CHECKS, type Step } from "./steps.ts";

const results = mkdtempSync(join(tmpdir(), "test-results-"));
const reportTo = (name: string) => [
  ...["--reporter=default", "--reporter=json", `--outputFile.json=${join(results, `${name}.json`)}`],
];

/** A step that runs one project of vitest.config.ts. */
function project(title: string, name: string, ...options: readonly string[]): Step {
  return { title, command: ["vitest", "run", "--project", name, ...options, ...reportTo(name)] };
}

/** They come second to tests that measure time: connections are given up if the other side gets no processor. */
const patient = (step: Step): Step => ({ ...step, isPatient: true });

const COMPUTING: readonly Step[] = [
  patient(project("Sessions and keys, all branches", "unit-covered", "--coverage")),
  patient(project("Other unit tests and vectors", "unit", "--maxWorkers=2")),
  patient({
    title: "Dilations in virtual time",
    command: ["npm", "run", "--silent", "simulate", "--", "--suite", "dilation"],
  }),
];

const WAITING: readonly Step[] = [
  project("Networks that break", "unit-network", "--maxWorkers=2"),
  patient(project("Sessions and dilations in virtual time", "unit-simulation", "--maxWorkers=1")),
];

const OTHER_PROGRAMS: readonly Step[] = [
  { title: "Interop with other programs", command: ["node", "test/interop/run.ts", "--built", ...reportTo("interop")] },
  { title: "Other runtimes", command: ["node", "test/runtimes/run.ts", ...reportTo("runtime-RUNTIME")] },
];

/** The part of vitest's JSON report that is used here. */
interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

function summary(): string {
  const all = readdirSync(results).map((file): Counts => JSON.parse(readFileSync(join(results, file), "utf8")));
  const sum = (key: keyof Counts) => all.reduce((total, one) => total + one[key], 0);
  return `${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed, ${sum("numPendingTests")} skipped`;
}

async function main(): Promise<number> {
  const built = await runLanes([[BUILD]]);
  if (built !== 0) return built;
  const [types, ...others] = SOURCE_CHECKS;
  const checked = await runLanes([types ? [types] : [], others]);
  if (checked !== 0) return checked;
  return runLanes([COMPUTING, WAITING, OTHER_PROGRAMS]);
}

process.exitCode = await main();
console.log(`\n${summary()}`);
rmSync(results, { recursive: true });
