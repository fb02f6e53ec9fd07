/**
 * Child processes for tests: their output and their end. Each is killed after a deadline, and none survives the tests.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";

/** The end of a process. */
export interface Ended {
  /** Exit code; null if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** When it ended, in the milliseconds of {@link now}. */
  readonly at: number;
}

/** A process that has started. */
export interface Running {
  readonly pid: number;
  /** Its standard output so far. */
  stdout(): string;
  /** Its standard error so far. */
  stderr(): string;
  /**
   * Waits until its output matches. Resolves with the first group of the pattern, or with the whole match if it has
   * none. Rejects if the process ends without a match.
   */
  says(pattern: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
  /** Sends SIGTERM, and waits for the end. */
  stop(): Promise<Ended>;
}

/** Options of a process. */
export interface LaunchOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** The content of its standard input. */
  readonly input?: string;
  /** It is killed after this many seconds. Default: 45. */
  readonly seconds?: number;
}

/** Longer than any process here needs, and short enough to wait for one that hangs. */
const DEADLINE_SECONDS = 45;

/** Language, character set and colours are fixed, because tests compare the output. */
const environment = { ...process.env, LC_ALL: "C.UTF-8", LANG: "C.UTF-8", NO_COLOR: "1", TMPDIR: tmpdir() };

/** The processes that still run. They are killed when this one exits. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** The present time in milliseconds, comparable between processes. */
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
  child.stdin.on("error", () => {}); // the process may end without reading
  child.stdin.end(options.input ?? "");
  const timer = setTimeout(() => child.kill("SIGKILL"), (options.seconds ?? DEADLINE_SECONDS) * 1000);
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
    says: (pattern) => firstMatch(pattern, written, listeners, ended, command),
    ended,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

async function firstMatch(
  pattern: RegExp,
  written: { readonly stdout: string; readonly stderr: string },
  listeners: Set<() => void>,
  ended: Promise<Ended>,
  command: readonly string[],
): Promise<string> {
  const match = () => pattern.exec(written.stdout) ?? pattern.exec(written.stderr);
  const matched = new Promise<void>((resolve) => {
    const listener = () => {
      if (match()) resolve();
    };
    listeners.add(listener);
    listener();
  });
  await Promise.race([matched, ended]);
  const [whole, group] = match() ?? [];
  if (whole === undefined) throw new Error(`${command.join(" ")} never printed ${pattern}:\n${tail(await ended)}`);
  return group ?? whole;
}

/** The exit code and the last lines of a process, for the message of a failed test. */
export function tail({ code, signal, stdout, stderr }: Ended): string {
  const lines = `${stdout}\n${stderr}`.trim().split(/[\r\n]+/);
  return [`exit ${code ?? signal}`, ...lines.slice(-12)].join("\n    ");
}
