/** Everything that has to hold: the build, types, format, lint, unit tests, interop. Stops at the first thing that does not. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const path = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
const results = mkdtempSync(join(tmpdir(), "test-results-"));
const resultsOf = (name: string) => join(results, `${name}.json`);
const reporters = (name: string) => ["--reporter=default", "--reporter=json", `--outputFile.json=${resultsOf(name)}`];

/** Tests of what has to be covered whole: `npm run coverage` runs the same. */
const covered = ["session", "crypto", "journal"].map((name) => `packages/wormhole/test/${name}`);
const others = covered.flatMap((folder) => ["--exclude", `${folder}/**`]);
const unit = ["vitest", "run", "--project", "unit"];

const steps = [
  { title: "Build", command: ["node", "scripts/build.ts"] },
  { title: "Types", command: ["tsc", "-b"] },
  { title: "Format and lint", command: ["biome", "check", "."] },
  { title: "Lint with types", command: ["oxlint", "--type-aware"] },
  { title: "Sessions and keys, all branches", command: [...unit, ...covered, "--coverage", ...reporters("covered")] },
  { title: "Other unit tests and vectors", command: [...unit, ...others, ...reporters("unit")] },
  { title: "Dilations in virtual time", command: ["npm", "run", "--silent", "simulate", "--", "--suite", "dilation"] },
  { title: "Interop with other programs", command: ["node", "test/interop/run.ts", ...reporters("interop")] },
];

/** The part of vitest's JSON report that is used here. */
interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

function run(): number {
  for (const { title, command } of steps) {
    console.log(`\n━━ ${title} ━━`);
    const [program = "", ...args] = command;
    const options = { cwd: root, env: { ...process.env, PATH: path }, stdio: "inherit" } as const;
    const { status, error } = spawnSync(program, args, options);
    if (error) console.error(error.message);
    if (status !== 0) {
      console.log(`\n${title}: failed`);
      return status ?? 1;
    }
  }
  return 0;
}

function counts(name: string): Counts {
  try {
    return JSON.parse(readFileSync(resultsOf(name), "utf8"));
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }; // it did not get that far
  }
}

function summary(): string {
  const all = ["covered", "unit", "interop"].map(counts);
  const sum = (key: keyof Counts) => all.reduce((total, one) => total + one[key], 0);
  return `${sum("numPassedTests")} passed, ${sum("numFailedTests")} failed, ${sum("numPendingTests")} skipped`;
}

process.exitCode = run();
console.log(`\n${summary()}`);
rmSync(results, { recursive: true });
