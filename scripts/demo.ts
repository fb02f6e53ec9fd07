/**
 * Shows a transfer on one machine: both servers on loopback, a sender in one process, a receiver in another, one code.
 *
 *     npm run demo [-- PATH]     PATH is a file or a folder; without it, 64 MiB of random bytes
 *
 * Ends with 0 only if the hashes of both sides agree. Leaves nothing behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../packages/cli/bin/wormhole.js", import.meta.url));
const SAMPLE_BYTES = 64 * 2 ** 20;
/** Without a terminal, the receiver shows no progress bar, and the demo measures the progress itself. */
const MEASURE_EVERY_MS = 200;
/** Removes the receiver's progress bar before the next line. */
const CLEAR_LINE = "\r\u001b[K";

const folder = mkdtempSync(join(tmpdir(), "wormhole-demo-"));
const running = new Set<ChildProcess>();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop(signal));

try {
  await demo(process.argv[2]);
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode ||= 1;
} finally {
  await Promise.all([...running].map(end));
  rmSync(folder, { recursive: true, force: true });
}

async function demo(path: string | undefined): Promise<void> {
  const source = path === undefined ? sample() : resolve(path);
  const size = sizeOf(source);
  const into = join(folder, "received");
  mkdirSync(into);

  const servers = start("servers", ["serve", "--memory", "--mailbox-port", "0", "--relay-port", "0"]);
  const [mailbox, relay] = await Promise.all([servers.prints(/^mailbox (\S+)/), servers.prints(/^relay (\S+)/)]);
  const options = ["--relay-url", mailbox, "--transit-helper", relay];
  const sender = start("sender", [...options, "send", source]);
  const code = await sender.prints(/code is: (\S+)/);

  const started = performance.now();
  const measuring = process.stderr.isTTY ? undefined : showProgress(into, size);
  const receiver = start("receiver", [...options, "receive", "--accept-file", "--output-file", into, code], true);
  await Promise.all([sender.succeeds(), receiver.succeeds()]);
  clearInterval(measuring);
  const seconds = (performance.now() - started) / 1000;

  const sent = hashOf(source);
  const received = hashOf(join(into, readdirSync(into)[0] ?? ""));
  console.log(
    `\n${megabytes(size)} in ${seconds.toFixed(2)} s, from the start of the receiver: ${megabytes(size / seconds)}/s`,
  );
  console.log(`SHA-256 sent:     ${sent}\nSHA-256 received: ${received}`);
  if (sent !== received) throw new Error("the received bytes differ from the sent ones");
  console.log("They agree.");
}

function sample(): string {
  const path = join(folder, "random.bin");
  writeFileSync(path, randomBytes(SAMPLE_BYTES));
  return path;
}

/** Starts our program and shows its lines under a name. On a terminal, a `visible` program draws its progress itself. */
function start(name: string, args: readonly string[], visible = false) {
  console.log(`${name}: wormhole ${args.join(" ")}`);
  const stderr = visible && process.stderr.isTTY ? "inherit" : "pipe";
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", stderr] });
  running.add(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on("line", (line) => show(child, lines, name, line));
  }
  const ended = once(child, "close").then(() => {
    running.delete(child);
    child.emit("output");
  });
  return {
    /** Waits for a line that matches, and returns its first group. */
    async prints(pattern: RegExp): Promise<string> {
      for (;;) {
        const group = lines.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
        if (group !== undefined) return group;
        if (!running.has(child)) throw new Error(`the ${name} ended early`);
        await once(child, "output");
      }
    },
    async succeeds(): Promise<void> {
      await ended;
      if (child.exitCode !== 0) throw new Error(`the ${name} failed`);
    },
  };
}

function show(child: ChildProcess, lines: string[], name: string, line: string): void {
  lines.push(line);
  console.log(`${process.stderr.isTTY ? CLEAR_LINE : ""}${name}: ${line}`);
  child.emit("output");
}

/** Shows how much has arrived: the size of the folder, because an incomplete file has another name. */
function showProgress(into: string, size: number): NodeJS.Timeout {
  let shown = 0;
  return setInterval(() => {
    const percent = Math.floor((100 * sizeOf(into)) / Math.max(size, 1));
    if (percent >= shown + 10) console.log(`progress: ${percent} %`);
    shown = Math.max(shown, percent - (percent % 10));
  }, MEASURE_EVERY_MS);
}

/** All files below a path, sorted, or the path itself if it is a file. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => join(path, name)).filter((each) => statSync(each, { throwIfNoEntry: false })?.isFile());
}

function sizeOf(path: string): number {
  return filesOf(path).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** The SHA-256 of a file. That of a folder is over the names and contents of all files in it. */
function hashOf(path: string): string {
  const hash = createHash("sha256");
  const block = Buffer.alloc(1 << 20);
  for (const file of filesOf(path)) {
    if (file !== path) hash.update(`${file.slice(path.length)}\0`);
    const open = openSync(file, "r");
    for (let bytes = 1; bytes > 0; ) {
      bytes = readSync(open, block);
      hash.update(block.subarray(0, bytes));
    }
    closeSync(open);
  }
  return hash.digest("hex");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, "close");
  child.kill("SIGTERM");
  await closed;
}

/** Ends the programs; the folder is removed when they have ended. */
function stop(signal: "SIGINT" | "SIGTERM"): void {
  process.exitCode = signal === "SIGINT" ? 130 : 143;
  for (const child of running) child.kill("SIGTERM");
}
