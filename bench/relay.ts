/**
 * Measures how fast the transit relay forwards: 1 GiB from memory, with a process each for sender, relay and receiver.
 * The same sender and receiver without a relay are the comparison. Prints the ratio.
 *
 *     npm run build && node bench/relay.ts [RUNS]
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

const SIZE = 1024 ** 3;
const CHUNK = new Uint8Array(64 * 1024);
const here = fileURLToPath(import.meta.url);
const program = fileURLToPath(new URL("../packages/transit-relay/bin/wormhole-transit-relay.js", import.meta.url));
const token = "5".repeat(64);

interface Run {
  /** MB/s, where a MB is a million bytes. */
  readonly rate: number;
  /** CPU seconds of the relay. */
  readonly cpu: number;
}

if (process.argv[2] === "send") await send(Number(process.argv[3]), process.argv[4] === "relayed");
else await compare(Number(process.argv[2] ?? 3));

async function compare(runs: number): Promise<void> {
  const ratios: number[] = [];
  for (let run = 1; run <= runs; run++) {
    const direct = await measureDirect();
    const relayed = await measureRelayed();
    ratios.push(relayed.rate / direct.rate);
    console.log(
      `run ${run}: direct ${direct.rate.toFixed(0)} MB/s, through the relay ${relayed.rate.toFixed(0)} MB/s ` +
        `(${relayed.cpu.toFixed(2)} CPU s of the relay), ratio ${(relayed.rate / direct.rate).toFixed(2)}`,
    );
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? Number.NaN;
  console.log(`relay / direct, median of ${runs}: ${median.toFixed(2)}`);
}

async function measureDirect(): Promise<Run> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const sender = spawnSender(address.port, "direct");
  const [socket] = (await once(server, "connection")) as [Socket];
  const rate = await receive(socket);
  server.close();
  await ended(sender);
  return { rate, cpu: 0 };
}

async function measureRelayed(): Promise<Run> {
  const relay = spawn(process.execPath, [program, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(relay.stdout, "data")) as [Buffer];
  const port = Number(/:(\d+)\n/.exec(line.toString())?.[1]);
  const sender = spawnSender(port, "relayed");
  const socket = connect(port, "127.0.0.1");
  await greet(socket, "receiver________");
  const rate = await receive(socket);
  await ended(sender);
  const cpu = await cpuSeconds(relay);
  relay.kill();
  await ended(relay);
  return { rate, cpu };
}

function spawnSender(port: number, how: "direct" | "relayed"): ChildProcess {
  return spawn(process.execPath, [here, "send", String(port), how], { stdio: "inherit" });
}

async function send(port: number, relayed: boolean): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  if (relayed) await greet(socket, "sender__________");
  for (let sent = 0; sent < SIZE; sent += CHUNK.length) {
    if (!socket.write(CHUNK)) await once(socket, "drain");
  }
  socket.end();
}

/** Asks the relay for the other side, and waits for `ok`. */
async function greet(socket: Socket, side: string): Promise<void> {
  socket.write(`please relay ${token} for side ${side}\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.pause();
  if (answer.toString("latin1", 0, 3) !== "ok\n") throw new Error(`the relay answered ${answer.toString()}`);
  if (answer.length > 3) socket.unshift(answer.subarray(3));
}

/** Counts all bytes of the sender. Returns the rate from the first to the last one, in MB/s. */
async function receive(socket: Socket): Promise<number> {
  let received = 0;
  let start = 0;
  socket.on("data", (chunk: Buffer) => {
    start ||= performance.now();
    received += chunk.length;
  });
  socket.resume();
  await once(socket, "end");
  if (received !== SIZE) throw new Error(`${received} of ${SIZE} bytes arrived`);
  return SIZE / 1000 / (performance.now() - start);
}

/** User and system time of a process in seconds. Needs /proc, so it is NaN on other systems than Linux. */
async function cpuSeconds(child: ChildProcess): Promise<number> {
  const { readFile } = await import("node:fs/promises");
  const stat = await readFile(`/proc/${child.pid}/stat`, "utf8").catch(() => "");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}
