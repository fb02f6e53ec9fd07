/** Runs the steps of `npm test`, `npm run check` and `npm run quick`: one after the other, or in lanes side by side. */
import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** One command with a title. */
export interface Step {
  readonly title: string;
  readonly command: readonly string[];
}

/** Compiles every package and bundles the programs. */
export const BUILD: Step = { title: "Build", command: ["node", "scripts/build.ts"] };

/** What the sources have to keep, without a build. */
export const SOURCE_CHECKS: readonly Step[] = [
  { title: "Types", command: ["tsc", "-b"] },
  { title: "Format and lint", command: ["biome", "check", "."] },
  { title: "Lint with types", command: ["oxlint", "--type-aware"] },
  { title: "Rules for the code", command: ["node", "scripts/rules.ts"] },
  { title: "Rules for the prose", command: ["node", "scripts/prose.ts"] },
];

/** What the built packages have to keep. */
export const PACKAGE_CHECKS: readonly Step[] = [
  { title: "Packages as published", command: ["node", "scripts/packages.ts"] },
  { title: "API reports", command: ["node", "scripts/api-report.ts"] },
];

const isWindows = process.platform === "win32";
const path = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
/** Processes of steps side by side. Each leads a group of its own, which is stopped as a whole. */
const running = new Set<ChildProcess>();

function stopAll(): void {
  for (const child of running) {
    if (isWindows || child.pid === undefined) child.kill();
    else process.kill(-child.pid, "SIGTERM");
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    stopAll();
    process.exit(1);
  });
}

/** How a step ended. */
interface Ended {
  readonly step: Step;
  /** Exit code; 1 if a signal ended it. */
  readonly status: number;
  readonly output: string;
  readonly seconds: number;
}

function start(step: Step, show: boolean): Promise<Ended> {
  const [program = "", ...args] = step.command;
  const startedAt = performance.now();
  const stdio = show ? "inherit" : "pipe";
  const env = { ...process.env, PATH: path };
  // On Windows the programs of packages are scripts, and only a shell starts them.
  const options = { cwd: root, env, shell: isWindows, detached: !show && !isWindows } as const;
  const child = spawn(program, args, { ...options, stdio: ["ignore", stdio, stdio] });
  if (!show) running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    const end = (status: number) => {
      running.delete(child);
      resolve({ step, status, output, seconds: Math.round((performance.now() - startedAt) / 1000) });
    };
    child.once("error", (error) => {
      output += `${error.message}\n`;
      end(1);
    });
    child.once("close", (code) => end(code ?? 1));
  });
}

/** Runs steps one after the other, all of them. Gives the first exit code that is not 0, or else 0. */
export async function runAll(steps: readonly Step[]): Promise<number> {
  let first = 0;
  for (const step of steps) {
    console.log(`\n━━ ${step.title} ━━`);
    const { status } = await start(step, true);
    if (status !== 0) console.log(`${step.title}: failed`);
    first ||= status;
  }
  return first;
}

/**
 * Runs lanes side by side, and the steps of a lane one after the other. The output of a step is printed when the step has ended.
 * If a step fails, the steps that are running are stopped and no other begins. Gives the exit code of the failed step, or 0.
 */
export async function runLanes(lanes: readonly (readonly Step[])[]): Promise<number> {
  let failure = 0;
  const runLane = async (steps: readonly Step[]) => {
    for (const step of steps) {
      if (failure !== 0) return;
      console.log(`started: ${step.title}`);
      const { status, output, seconds } = await start(step, false);
      if (failure !== 0) return; // it was stopped
      console.log(`\n━━ ${step.title} (${seconds} s) ━━\n${output.trimEnd()}\n`);
      if (status === 0) continue;
      failure = status;
      console.log(`${step.title}: failed`);
      stopAll();
    }
  };
  await Promise.all(lanes.map(runLane));
  return failure;
}
