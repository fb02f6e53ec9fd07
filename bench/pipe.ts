/**
 * Measures the record pipe alone: a gigabyte goes from the memory of one process over loopback to a file of another,
 * and both sides compute its SHA-256. The floor is the same with a cipher that only copies. The two take turns.
 *
 *     npm run bench -- pipe [--rounds 5] [--size 1073741824] [--accept]
 *
 * The receiver dials the sender. With `--accept`, the sender dials the receiver.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type BulkCrypto, TAG_BYTES } from "../packages/wormhole/dist/crypto/bulk.js";
import { loadNativeCrypto } from "../packages/wormhole/dist/crypto/native.node.js";
import type { RecordPipe } from "../packages/wormhole/dist/transit/api.js";
import { TransitReceiver, TransitSender } from "../packages/wormhole/dist/transit/transit.js";
import { ratio, spread, table } from "./harness/statistics.ts";

const PIECE = 256 * 1024;
const key = new Uint8Array(32).fill(7);

const ciphers = {
  encrypted: loadNativeCrypto,
  floor: async (): Promise<BulkCrypto> => ({
    ...(await loadNativeCrypto()),
    name: "copying",
    seal: (target, plaintext) => target.set(plaintext, TAG_BYTES),
    open: (target, box) => {
      target.set(box.subarray(TAG_BYTES));
      return true;
    },
  }),
};
type Cipher = keyof typeof ciphers;

/** The rate and the resources of one process. */
interface Used {
  /** MB/s, where a MB is a million bytes. */
  readonly rate: number;
  /** Seconds of processor time. */
  readonly cpu: number;
  /** The peak of resident memory in MB. */
  readonly memory: number;
}

const options = {
  rounds: { type: "string", default: "5" },
  size: { type: "string", default: String(2 ** 30) },
  accept: { type: "boolean", default: false },
  role: { type: "string", default: "" },
  cipher: { type: "string", default: "" },
  path: { type: "string", default: "" },
} as const;
const { values } = parseArgs({ options });
const size = Number(values.size);

if (values.role === "") await compare();
else await takePart(values.role, values.cipher as Cipher);

async function compare(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "bench-pipe-"));
  const results: Record<Cipher, [Used, Used][]> = { encrypted: [], floor: [] };
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const cipher of ["floor", "encrypted"] as const)
        results[cipher].push(await transfer(cipher, join(folder, "file")));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  const column = (cipher: Cipher, side: 0 | 1, what: keyof Used) => results[cipher].map((pair) => pair[side][what]);
  const row = (cipher: Cipher) => [
    cipher,
    spread(column(cipher, 0, "rate"), 0),
    ...([0, 1] as const).flatMap((side) => [
      spread(column(cipher, side, "cpu")),
      spread(column(cipher, side, "memory"), 0),
    ]),
  ];
  console.log(table([["", "MB/s", "sender CPU s", "MB", "receiver CPU s", "MB"], row("floor"), row("encrypted")]));
  console.log(`encrypted / floor: ${ratio(column("encrypted", 0, "rate"), column("floor", 0, "rate")).toFixed(2)}`);
}

/** Runs one transfer between two processes, which exchange their hints through this one. */
async function transfer(cipher: Cipher, path: string): Promise<[Used, Used]> {
  const launch = (role: string) =>
    fork(fileURLToPath(import.meta.url), [
      ...process.argv.slice(2),
      "--role",
      role,
      "--cipher",
      cipher,
      "--path",
      path,
    ]);
  const [sender, receiver] = [launch("sender"), launch("receiver")];
  const [ofSender, ofReceiver] = await Promise.all([messageOf(sender), messageOf(receiver)]);
  sender.send({ hints: ofReceiver });
  receiver.send({ hints: ofSender });
  return (await Promise.all([messageOf(sender), messageOf(receiver)])) as [Used, Used];
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, "message");
  return message;
}

/** Runs one side of a transfer, in a process of its own. */
async function takePart(role: string, cipher: Cipher): Promise<void> {
  const Transit = role === "sender" ? TransitSender : TransitReceiver;
  const listen = values.accept === (role === "receiver");
  const transit = new Transit({ listen, platform: { loadBulkCrypto: ciphers[cipher] } });
  transit.setTransitKey(key);
  process.send?.(await transit.getConnectionHints());
  const [{ hints }] = (await once(process, "message")) as [{ hints: unknown[] }];
  transit.addConnectionHints(hints);
  const pipe = await transit.connect();
  const start = performance.now();
  if (role === "sender") await send(pipe);
  else await receive(pipe, values.path);
  const rate = size / 1000 / (performance.now() - start);
  await pipe.close();
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  process.send?.({ rate, cpu: (userCPUTime + systemCPUTime) / 1e6, memory: (maxRSS * 1024) / 1e6 } satisfies Used);
  process.disconnect();
}

async function send(pipe: RecordPipe): Promise<void> {
  const hash = createHash("sha256");
  const piece = randomBytes(PIECE);
  for (let sent = 0; sent < size; sent += PIECE) {
    const data = piece.subarray(0, Math.min(PIECE, size - sent));
    hash.update(data);
    await pipe.sendBulk(data);
  }
  const theirs = Buffer.from(await pipe.receiveRecord());
  if (!theirs.equals(hash.digest())) throw new Error("the received bytes differ from those sent");
}

async function receive(pipe: RecordPipe, path: string): Promise<void> {
  const hash = createHash("sha256");
  const file = await open(path, "w");
  for await (const piece of pipe.receiveBulk(size)) {
    const stored = file.write(piece);
    hash.update(piece);
    await stored;
  }
  await file.close();
  await pipe.sendRecord(hash.digest());
}
