/** Runs the built program as a shell would. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { startTransitRelay } from "@wormhole-ts/transit-relay";

const LAUNCHER = fileURLToPath(new URL("../../packages/cli/bin/wormhole.js", import.meta.url));
const BUNDLE = new URL("../../packages/cli/dist/program/main.js", import.meta.url);

if (!existsSync(BUNDLE)) throw new Error("These tests run the built program: run `npm run build` first.");

/** The result of a run. */
export interface Outcome {
  /** The exit code, or the signal that killed it. */
  readonly status: number | NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Options of a run. */
export interface RunOptions {
  readonly cwd?: string;
  /** The whole of standard input. Absent: it is empty. */
  readonly input?: string | Uint8Array;
  /** Keeps standard input open, for {@link Run.types}. */
  readonly staysOpen?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the program in a terminal of 100 columns. Its stdout is then all that the screen shows. */
  readonly inTerminal?: boolean;
  /** A command that runs the program elsewhere, such as in another network namespace. */
  readonly within?: readonly string[];
}

/** Whether `script` of util-linux is there, which gives a program a terminal. */
export const hasTerminals = spawnSync("script", ["--version"]).status === 0;

/** The command that runs another one in a terminal. */
function terminalCommand(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return ["script", "-qefc", `stty cols 100; exec ${quoted}`, "/dev/null"];
}

/** The program while it runs. */
export class Run {
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;
  stderr = "";
  readonly #stdout: Buffer[] = [];

  constructor(args: readonly string[], options: RunOptions = {}) {
    const command = [...(options.within ?? []), process.execPath, LAUNCHER, ...args];
    const [program = "", ...rest] = options.inTerminal === true ? terminalCommand(command) : command;
    this.child = spawn(program, rest, {
      stdio: ["pipe", "pipe", "pipe"],
      cwd: options.cwd,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: "xterm", ...options.env },
    });
    this.child.stdout?.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    // A program that ends early does not read its input.
    this.child.stdin?.on("error", () => {});
    if (options.staysOpen !== true) this.child.stdin?.end(options.input);
    this.outcome = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) =>
        resolve({ status: code ?? signal, stdout: Buffer.concat(this.#stdout), stderr: this.stderr }),
      );
    });
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }

  /** Waits until the program has written this, and returns the match. */
  async says(pattern: RegExp, where: "stdout" | "stderr" = "stderr"): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[where]);
      if (match !== null) return match;
      const stream = this.child[where];
      const ended = this.outcome.then(() => "ended" as const);
      const more = new Promise<"more">((resolve) => stream?.once("data", () => resolve("more")));
      if ((await Promise.race([more, ended])) === "ended" && !pattern.test(this[where])) {
        throw new Error(`It ended without writing ${pattern}:\n${this.stderr}`);
      }
    }
  }

  /** Types at the terminal, or writes to the pipe. */
  types(text: string): void {
    this.child.stdin?.write(text);
  }

  /** The code that a sender prints. */
  async code(): Promise<string> {
    const match = await this.says(/Wormhole code is: (\S+)\n/);
    return match[1] ?? "";
  }
}

/** Starts both servers on free ports of loopback. */
export async function startServers() {
  const [mailbox, relay] = await Promise.all([startMailboxServer(), startTransitRelay({ host: "127.0.0.1", port: 0 })]);
  const env = { WORMHOLE_RELAY_URL: mailbox.url, WORMHOLE_TRANSIT_HELPER: relay.url };
  return {
    mailbox,
    relay,
    env,
    /** Starts the program with these servers. */
    wormhole: (args: readonly string[], options: RunOptions = {}) =>
      new Run(args, { ...options, env: { ...env, ...options.env } }),
    async close() {
      await Promise.all([mailbox.close(), relay.close()]);
    },
  };
}

/** Both servers while they run. */
export type Servers = Awaited<ReturnType<typeof startServers>>;
