/** The processes of a test, all killed at its end: two ends of a dilated wormhole, and servers that die and come back. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { EndOptions, Line, Progress, Status } from "./lines.ts";

/** Where a process runs: the beginning of a command that runs another command in a network namespace. */
export type Within = readonly string[];

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const END = at("end.ts");
const MAILBOX = at("../../../packages/mailbox-server/bin/wormhole-mailbox-server.js");
const RELAY = at("../../../packages/transit-relay/bin/wormhole-transit-relay.js");

/** Lines of output that describe a process in a failed test. */
const LAST_LINES = 12;

function start(within: Within, args: readonly string[]): ChildProcessWithoutNullStreams {
  const [program = "", ...rest] = [...within, process.execPath, ...args];
  const child = spawn(program, rest, { stdio: "pipe" });
  child.stdin.on("error", () => {}); // the process may have ended already
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

/** One end, and the lines that it has printed. */
export class End {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: Line[] = [];
  #waiting = new Set<() => void>();
  #exited = false;
  #stderr = "";

  constructor(options: EndOptions, within: Within = []) {
    this.child = start(within, [END, JSON.stringify(options)]);
    createInterface(this.child.stdout).on("line", (line) => this.#heard(JSON.parse(line)));
    this.child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    this.child.once("close", () => {
      this.#exited = true;
      this.#changed();
    });
  }

  get statuses(): Status[] {
    return this.lines.filter((line) => line.say === "status");
  }

  /** The generation of the latest connection. */
  get generation(): number {
    return Math.max(0, ...this.statuses.map(({ generation }) => generation));
  }

  /** The last reported state of the connection. */
  get state(): Status["state"] | undefined {
    return this.statuses.at(-1)?.state;
  }

  get bytes(): number {
    return this.lines.findLast((line) => line.say === "progress")?.bytes ?? 0;
  }

  /** All reported silences in milliseconds, the longest first. */
  get gaps(): number[] {
    const gaps = this.lines.filter((line) => line.say === "gap");
    return gaps.map(({ from, to }) => to - from).sort((a, b) => b - a);
  }

  /** Waits for the first line of this kind from number `from` on. */
  async says<T extends Line>(wanted: (line: Line) => line is T, from = 0): Promise<T> {
    for (let next = from; ; next++) {
      while (next >= this.lines.length) {
        if (this.#exited) throw new Error(`The process ended without the expected line:\n${this.#words()}`);
        await new Promise<void>((resolve) => this.#waiting.add(resolve));
      }
      const line = this.lines[next];
      if (line !== undefined && wanted(line)) return line;
    }
  }

  /** Waits for data over a connection that was made after line number `from`. */
  async flows(from: number): Promise<Progress> {
    const connected = await this.says(isConnected, from);
    return await this.says(isProgress, this.lines.indexOf(connected));
  }

  /** Waits until this many mebibytes have passed. */
  async reaches(mebibytes: number): Promise<void> {
    const isEnough = (line: Line): line is Progress => isProgress(line) && line.bytes >= mebibytes * 1024 * 1024;
    await this.says(isEnough);
  }

  /** Waits for the end of the transfer. */
  result() {
    return this.says((line): line is Extract<Line, { say: "done" }> => line.say === "done");
  }

  /** Waits for the failure of the wormhole. */
  failure() {
    return this.says((line): line is Extract<Line, { say: "failed" }> => line.say === "failed");
  }

  /** Makes the end that pushes stop. */
  finish(): void {
    this.child.stdin.end();
  }

  #heard(line: Line): void {
    this.lines.push(line);
    this.#changed();
  }

  #changed(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }

  #words(): string {
    const last = this.lines.slice(-LAST_LINES).map((line) => JSON.stringify(line));
    return [...last, this.#stderr].join("\n");
  }
}

export const isProgress = (line: Line): line is Progress => line.say === "progress";
export const isConnected = (line: Line): line is Status => line.say === "status" && line.state === "connected";

/** A server at a fixed port, whose process may be replaced. */
export class Server {
  readonly #within: Within;
  readonly #args: readonly string[];
  readonly #host: string;
  #child: ChildProcessWithoutNullStreams | undefined;
  port = 0;

  /** Starts a mailbox server that keeps its mailboxes in a file. */
  static async mailbox(host = "127.0.0.1", within: Within = []): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "dilation-network-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    return await new Server([MAILBOX, "--db", join(folder, "mailbox.sqlite")], host, within).start();
  }

  static async relay(host = "127.0.0.1", within: Within = []): Promise<Server> {
    return await new Server([RELAY], host, within).start();
  }

  private constructor(args: readonly string[], host: string, within: Within) {
    this.#args = args;
    this.#host = host;
    this.#within = within;
  }

  /** Resolves when the server accepts connections. */
  async start(): Promise<this> {
    this.#child = start(this.#within, [...this.#args, "--listen", `${this.#host}:${this.port}`]);
    let stderr = "";
    this.#child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const said = new Promise<string>((resolve, reject) => {
      this.#child?.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
      this.#child?.once("close", () => reject(new Error(`The server did not start: ${stderr}`)));
    });
    this.port = Number(/:(\d+)(?:\/v1)?\s*$/m.exec(await said)?.[1]);
    return this;
  }

  /** Kills the process at once. */
  async kill(): Promise<void> {
    if (this.#child === undefined) return;
    const gone = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await gone;
  }

  get mailboxUrl(): string {
    return `ws://${this.#host}:${this.port}/v1`;
  }

  get relayHint(): string {
    return `tcp:${this.#host}:${this.port}`;
  }
}
