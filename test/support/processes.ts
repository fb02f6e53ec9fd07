/** Child processes for tests: their output, what they say, and their end, which always comes. */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";

/** How a process ended. */
export interface Ended {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Of `performance.timeOrigin + performance.now()`, milliseconds. */
  readonly at: number;
}

/** A process that was started. */
export interface Running {
  readonly pid: number;
  /** What it has written until now. */
  stdout(): string;
  stderr(): string;
  /** The first group (or the whole) of the first match in its output. Rejects if it ends without saying so. */
  says(pattern: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<Ended>;
}

export interface LaunchOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it can read from its standard input. */
  readonly input?: string;
  /** When it is killed, seconds after its start. */
  readonly seconds?: number;
}

/** Longer than anything here takes, shorter than anybody wants to wait for a hang. */
const PATIENCE_SECONDS = 45;

/** One language and one character set for all, and no colours: what they print is compared. */
const environment = { ...process.env, LC_ALL: "C.UTF-8", LANG: "C.UTF-8", NO_COLOR: "1", TMPDIR: tmpdir() };

/** Those that still run; none outlives this process. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Milliseconds, comparable between processes. */
export const now = () => performance.timeOrigin + performance.now();

/** Starts `command[0]` with the other words as its arguments. */
export function launch(command: readonly string[], options: LaunchOptions = {}): Running {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: options.cwd, env: { ...environment, ...options.env } });
  running.add(child);
  const written = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      written[stream] += text;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(options.input ?? "");
  const timer = setTimeout(() => child.kill("SIGKILL"), (options.seconds ?? PATIENCE_SECONDS) * 1000);
  const ended = new Promise<Ended>((resolve, reject) => {
    let at = 0;
    child.once("exit", () => {
      at = now();
      running.delete(child);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...written, at });
    });
    child.once("error", reject);
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    says: (pattern) => heard(pattern, written, listeners, ended, command),
    ended,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

async function heard(
  pattern: RegExp,
  written: { readonly stdout: string; readonly stderr: string },
  listeners: Set<() => void>,
  ended: Promise<Ended>,
  command: readonly string[],
): Promise<string> {
  const match = () => pattern.exec(written.stdout) ?? pattern.exec(written.stderr);
  const said = new Promise<void>((resolve) => {
    const listener = () => {
      if (match()) resolve();
    };
    listeners.add(listener);
    listener();
  });
  await Promise.race([said, ended]);
  const [whole, group] = match() ?? [];
  if (whole === undefined) throw new Error(`${command.join(" ")} never said ${pattern}:\n${tail(await ended)}`);
  return group ?? whole;
}

/** The last words of a process, for the message of a failed test. */
export function tail({ code, signal, stdout, stderr }: Ended): string {
  const words = `${stdout}\n${stderr}`.trim().split(/[\r\n]+/);
  return [`exit ${code ?? signal}`, ...words.slice(-12)].join("\n    ");
}
