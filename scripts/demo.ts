/**
 * The main job, on one machine: both servers on loopback, a sender in one process, a receiver in another, one code.
 *
 *     npm run demo [-- PATH]     PATH is a file or a folder; without it, 64 MiB of random bytes
 *
 * Ends with 0 only if what arrived has the hash of what was sent. Leaves nothing behind.
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
/** How often the progress is looked at where there is no terminal for the receiver's own bar. */
const LOOK_EVERY_MS = 200;
/** The receiver's bar may stand where the next line goes. */
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
  const [mailbox, relay] = await Promise.all([servers.says(/^mailbox (\S+)/), servers.says(/^relay (\S+)/)]);
  const options = ["--relay-url", mailbox, "--transit-helper", relay];
  const sender = start("sender", [...options, "send", source]);
  const code = await sender.says(/code is: (\S+)/);

  const started = performance.now();
  const watching = process.stderr.isTTY ? undefined : watch(into, size);
  const receiver = start("receiver", [...options, "receive", "--accept-file", "--output-file", into, code], true);
  await Promise.all([sender.succeeds(), receiver.succeeds()]);
  clearInterval(watching);
  const seconds = (performance.now() - started) / 1000;

  const sent = hashOf(source);
  const received = hashOf(join(into, readdirSync(into)[0] ?? ""));
  console.log(
    `\n${megabytes(size)} in ${seconds.toFixed(2)} s, start and meeting included: ${megabytes(size / seconds)}/s`,
  );
  console.log(`SHA-256 sent:     ${sent}\nSHA-256 received: ${received}`);
  if (sent !== received) throw new Error("what arrived is not what was sent");
  console.log("They agree.");
}

function sample(): string {
  const path = join(folder, "random.bin");
  writeFileSync(path, randomBytes(SAMPLE_BYTES));
  return path;
}

/** Starts our program and shows its lines under a name; on a terminal, a `visible` one draws there itself. */
function start(name: string, args: readonly string[], visible = false) {
  console.log(`${name}: wormhole ${args.join(" ")}`);
  const stderr = visible && process.stderr.isTTY ? "inherit" : "pipe";
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", stderr] });
  running.add(child);
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface(stream).on("line", (line) => heard(child, lines, name, line));
  }
  const ended = once(child, "close").then(() => {
    running.delete(child);
    child.emit("heard");
  });
  return {
    /** The group of the first line that matches. */
    async says(pattern: RegExp): Promise<string> {
      for (;;) {
        const group = lines.map((line) => pattern.exec(line)?.[1]).find((match) => match !== undefined);
        if (group !== undefined) return group;
        if (!running.has(child)) throw new Error(`the ${name} ended early`);
        await once(child, "heard");
      }
    },
    async succeeds(): Promise<void> {
      await ended;
      if (child.exitCode !== 0) throw new Error(`the ${name} failed`);
    },
  };
}

function heard(child: ChildProcess, lines: string[], name: string, line: string): void {
  lines.push(line);
  console.log(`${process.stderr.isTTY ? CLEAR_LINE : ""}${name}: ${line}`);
  child.emit("heard");
}

/** Says how much has arrived, whatever the name under which it lies until it is complete. */
function watch(into: string, size: number): NodeJS.Timeout {
  let told = 0;
  return setInterval(() => {
    const percent = Math.floor((100 * sizeOf(into)) / Math.max(size, 1));
    if (percent >= told + 10) console.log(`progress: ${percent} %`);
    told = Math.max(told, percent - (percent % 10));
  }, LOOK_EVERY_MS);
}

/** All files below a path, or the path itself, in one order. */
function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => join(path, name)).filter((each) => statSync(each, { throwIfNoEntry: false })?.isFile());
}

function sizeOf(path: string): number {
  return filesOf(path).reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** SHA-256 of a file; of a folder, of the names and contents of all files in it. */
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

/** The children first: the servers hear of it, and the folder goes last. */
function stop(signal: "SIGINT" | "SIGTERM"): void {
  process.exitCode = signal === "SIGINT" ? 130 : 143;
  for (const child of running) child.kill("SIGTERM");
}
