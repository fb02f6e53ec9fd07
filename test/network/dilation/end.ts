/** One end of a dilated wormhole, as a program: sends or receives pseudo-random bytes, and reports their SHA-256. */
import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createWormhole, type Dilated, type DilationStatus, WormholeError } from "@wormhole-ts/wormhole";
import { getTor } from "@wormhole-ts/wormhole/node";
import type { EndOptions, Line } from "./lines.ts";

const SUBPROTOCOL = "bulk";
const MEBIBYTE = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** The shortest silence that is reported. */
const GAP_MS = 200;

const say = (line: Line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** Counts, hashes and reports the data that passes. */
class Flow {
  readonly #hash = createHash("sha256");
  readonly #start = Date.now();
  #last = 0;
  bytes = 0;

  add(chunk: Uint8Array): void {
    const now = Date.now();
    if (this.#last !== 0 && now - this.#last >= GAP_MS) say({ say: "gap", from: this.#last, to: now });
    this.#last = now;
    this.#hash.update(chunk);
    const before = this.bytes;
    this.bytes += chunk.length;
    if (Math.floor(this.bytes / MEBIBYTE) > Math.floor(before / MEBIBYTE))
      say({ say: "progress", at: now, bytes: this.bytes });
  }

  end(): void {
    const seconds = (Date.now() - this.#start) / 1000;
    say({ say: "done", bytes: this.bytes, sha256: this.#hash.digest("hex"), seconds });
  }
}

/** Yields bytes without repetitions, so that a piece that is lost, repeated or misplaced changes the hash. */
function* randomChunks(): Generator<Uint8Array> {
  const cipher = createCipheriv("aes-128-ctr", randomBytes(16), Buffer.alloc(16));
  const zeros = new Uint8Array(CHUNK_BYTES);
  for (;;) yield cipher.update(zeros);
}

async function push(dilated: Dilated, options: EndOptions): Promise<void> {
  let wanted = (options.mebibytes ?? Number.POSITIVE_INFINITY) * MEBIBYTE;
  process.stdin.resume().once("end", () => {
    wanted = Math.min(wanted, 0);
  });
  const subchannel = await dilated.connector(SUBPROTOCOL).connect();
  const writer = subchannel.writable.getWriter();
  const flow = new Flow();
  const start = Date.now();
  for (const chunk of randomChunks()) {
    if (flow.bytes >= wanted) break;
    await writer.ready;
    // If it fails, the next `ready` rejects.
    writer.write(chunk).catch(() => {});
    flow.add(chunk);
    const due = flow.bytes / MEBIBYTE / (options.mebibytesPerSecond ?? Number.POSITIVE_INFINITY);
    const early = due * 1000 - (Date.now() - start);
    if (early > 0) await sleep(early);
  }
  await writer.close();
  flow.end();
  await subchannel.close();
}

async function pull(dilated: Dilated): Promise<void> {
  const { value: subchannel } = await dilated.listener(SUBPROTOCOL).listen().next();
  if (subchannel === undefined) throw new Error("no subchannel came");
  const flow = new Flow();
  for await (const chunk of subchannel.readable) flow.add(chunk);
  flow.end();
  await subchannel.close();
}

function onStatus({ generation, peerConnection, hints }: DilationStatus): void {
  const { state } = peerConnection;
  const { relayed, description } = state === "connected" ? peerConnection : { relayed: false, description: "" };
  say({ say: "status", at: Date.now(), generation, state, relayed, description, hints });
}

async function main(options: EndOptions): Promise<void> {
  const tor = options.tor === undefined ? {} : { tor: await getTor({ controlPort: options.tor }) };
  await using wormhole = createWormhole({ appId: "network.example.com/dilation", relayUrl: options.mailbox, ...tor });
  wormhole.setCode(options.code);
  const { relays = [], listen = true, pingInterval = 30, patience = 3600 } = options;
  const dilated = await wormhole.dilate({ relays, listen, pingInterval, patience, onStatus });
  await (options.role === "push" ? push(dilated, options) : pull(dilated));
}

main(JSON.parse(process.argv[2] ?? "{}")).then(
  () => process.exit(0),
  (error: Error) => {
    const code = error instanceof WormholeError ? error.code : "";
    say({ say: "failed", at: Date.now(), code, message: error.message });
    process.exit(1);
  },
);
