/** Runs the whole program in this process, against the library's mailbox server, relay and network in memory. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { MemoryMailboxServer, MemoryNetwork, startMemoryRelay } from "@wormhole-ts/wormhole/testing";
import { onTestFinished } from "vitest";
import type { Host, StopSignal } from "../src/host.ts";
import { run } from "../src/run.ts";

/** The result of a run. */
export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of a run. */
export interface RunOptions {
  /** The whole of standard input. Absent: it is empty. */
  readonly input?: string | Uint8Array;
  /** A person types at standard input, with {@link Run.types}, and it stays open. */
  readonly isInteractive?: boolean;
  /** Why standard input cannot be read. */
  readonly inputProblem?: string;
  /** The program was started without a standard output. */
  readonly isStdoutClosed?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** An output stream whose text can be waited for. */
class Screen extends PassThrough {
  isTTY = false;
  text = "";

  constructor() {
    super();
    this.on("data", (chunk: Buffer) => {
      this.text += chunk.toString();
      this.emit("more");
    });
  }
}

/** The program while it runs. */
export class Run implements Host {
  readonly stdin = Object.assign(new PassThrough(), { isTTY: false });
  readonly stdout = new Screen();
  readonly stderr = new Screen();
  readonly environment: Readonly<Record<string, string>>;
  readonly isInteractive: boolean;
  readonly isStdoutClosed: () => boolean;
  readonly inputProblem: () => string | undefined;
  readonly platform?: NonNullable<Host["platform"]>;
  title = "";
  readonly outcome: Promise<Outcome>;
  readonly #signals: ((signal: StopSignal) => void)[] = [];
  readonly #exits: ((exitCode: number) => number)[] = [];
  #end: (outcome: Outcome) => void = () => {};

  constructor(args: readonly string[], options: RunOptions, platform?: Host["platform"]) {
    this.environment = options.environment ?? {};
    this.isInteractive = options.isInteractive === true;
    this.inputProblem = () => options.inputProblem;
    this.isStdoutClosed = () => options.isStdoutClosed === true;
    if (platform !== undefined) this.platform = platform;
    if (!this.isInteractive) this.stdin.end(options.input);
    this.outcome = new Promise((resolve) => {
      this.#end = resolve;
    });
    void run(args, this).then((exitCode) => this.exit(exitCode));
  }

  onSignal(listener: (signal: StopSignal) => void): void {
    this.#signals.push(listener);
  }

  onExit(listener: (exitCode: number) => number): void {
    this.#exits.push(listener);
  }

  exit(exitCode: number): void {
    const status = this.#exits.splice(0).reduce((code, listener) => listener(code), exitCode);
    // The last output is still passing through the streams.
    setImmediate(() => this.#end({ status, stdout: this.stdout.text, stderr: this.stderr.text }));
  }

  /** Sends a signal, as `kill` does. */
  kill(signal: StopSignal): void {
    for (const listener of this.#signals) listener(signal);
  }

  /** Types at the keyboard. */
  types(text: string): void {
    this.stdin.write(text);
  }

  /** Waits until the program has written this, and returns the match. */
  async says(pattern: RegExp, where: "stdout" | "stderr" = "stderr"): Promise<RegExpExecArray> {
    const screen = this[where];
    for (;;) {
      const match = pattern.exec(screen.text);
      if (match !== null) return match;
      const more = new Promise((resolve) => screen.once("more", resolve));
      const ended = this.outcome.then(() => "ended");
      if ((await Promise.race([more, ended])) === "ended" && !pattern.test(screen.text)) {
        throw new Error(`It ended without writing ${pattern}:\n${this.stderr.text}`);
      }
    }
  }

  /** The code that a sender prints. */
  async code(): Promise<string> {
    return (await this.says(/Wormhole code is: (\S+)\n/))[1] ?? "";
  }
}

/** The surroundings of the programs of a test: servers, a network, and a folder. */
export class World {
  readonly mailbox = new MemoryMailboxServer();
  /** Absolute path; removed when the test ends. */
  readonly folder = mkdtempSync(join(tmpdir(), "wormhole-cli-"));
  readonly #network = new MemoryNetwork();
  readonly #relay = startMemoryRelay(this.#network, "relay");
  #machines = 0;

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  /** A path in the folder. */
  at(name: string): string {
    return join(this.folder, name);
  }

  /** Starts the program on a machine of its own. */
  async wormhole(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const servers = { WORMHOLE_RELAY_URL: "ws://mailbox/v1", WORMHOLE_TRANSIT_HELPER: await this.#relay };
    const network = this.#network.machine(`10.0.0.${++this.#machines}`);
    const environment = { ...servers, ...options.environment };
    return new Run(args, { ...options, environment }, { openMessageSocket: this.mailbox.openMessageSocket, network });
  }

  /** Starts a sender, and a receiver with its code; resolves when both have ended. */
  async transfer(send: readonly string[], receive: readonly string[] = [], options: RunOptions = {}) {
    const sender = await this.wormhole(["send", ...send]);
    const receiver = await this.wormhole(["receive", ...receive, await sender.code()], options);
    const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
    return { sent, received };
  }
}

/** Matches an outcome whose last line is an error of this text. */
export const errorLine = (words: RegExp) => new RegExp(`(^|\n)ERROR: [^\n]*${words.source}[^\n]*\n$`);
