/**
 * The memory of received pieces: `fresh` of the library, which makes small garbage beside each large piece, against the
 * plain allocation. Two processes over loopback, for transit and for dilation; the variants take turns.
 *
 *     npm run bench -- fresh [--rounds 7] [--mib 500]
 *
 * The receiver drops every piece at once, when the way of allocation matters most. Each ratio compares a variant with
 * fresh. As long as `plain` is above 1.03, `fresh.node.ts` is worth its lines.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import type { BulkCipher } from "../packages/wormhole/dist/crypto/bulk.js";
import { loadNativeChaCha } from "../packages/wormhole/dist/crypto/chacha.node.js";
import { loadNativeCrypto } from "../packages/wormhole/dist/crypto/native.node.js";
import { createWormhole, type Platform, TransitReceiver, TransitSender } from "../packages/wormhole/dist/index.js";
import { ratio, spread, table } from "./harness/statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    mib: { type: "string", default: "500" },
    play: { type: "string", default: "" },
  },
});
const size = Number(values.mib) * 2 ** 20;
const PIECE = 65_000;

/** Each way to get memory for a piece. */
const ways: Readonly<Record<string, ((length: number) => Uint8Array) | undefined>> = {
  fresh: undefined,
  plain: (length) => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer),
  zeroed: (length) => new Uint8Array(length),
};
const paths = ["transit", "dilation"] as const;

/** The time and the processor time that the receiver has used. */
interface Used {
  readonly seconds: number;
  readonly cpu: number;
}

if (values.play === "") await compare();
else {
  const [path = "", way = "", role = "", url = "", code = ""] = values.play.split(" ");
  const platform = platformOf(way);
  if (path === "transit") await playTransit(role, platform);
  else await playDilation(role, platform, url, code);
}

async function compare(): Promise<void> {
  await using server = await startMailboxServer();
  for (const path of paths) {
    const results = new Map<string, Used[]>(Object.keys(ways).map((way) => [way, []]));
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const [way, runs] of results) runs.push(await run(path, way, server.url, `${round + 1}-${path}-${way}`));
    }
    const of = (way: string, what: keyof Used) => (results.get(way) ?? []).map((used) => used[what]);
    const row = (way: string) => [
      way,
      spread(of(way, "seconds")),
      spread(of(way, "cpu")),
      ...(["seconds", "cpu"] as const).map((what) => ratio(of(way, what), of("fresh", what)).toFixed(3)),
    ];
    console.log(`\n${path}, ${values.mib} MiB, receiver\n`);
    console.log(table([["", "seconds", "CPU s", "to fresh: seconds", "CPU"], ...Object.keys(ways).map(row)]));
  }
}

async function run(path: string, way: string, url: string, code: string): Promise<Used> {
  const [sender, receiver] = ["send", "receive"].map((role) =>
    fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), "--play", [path, way, role, url, code].join(" ")]),
  );
  if (!sender || !receiver) throw new Error("nothing was launched");
  if (path === "transit") {
    const [ofSender, ofReceiver] = await Promise.all([message(sender), message(receiver)]);
    sender.send({ hints: ofReceiver });
    receiver.send({ hints: ofSender });
  }
  const used = (await message(receiver)) as Used;
  sender.kill();
  await once(sender, "exit");
  return used;
}

async function message(child: ChildProcess | NodeJS.Process): Promise<unknown> {
  const [received] = await once(child, "message");
  return received;
}

function platformOf(way: string): Partial<Platform> {
  const fresh = ways[way];
  const changed = <C extends BulkCipher>(cipher: C): C => (fresh ? { ...cipher, fresh } : cipher);
  return {
    loadBulkCrypto: async () => changed(await loadNativeCrypto()),
    loadChaCha: async () => changed(await loadNativeChaCha()),
  };
}

function measured(): () => Used {
  const begin = { wall: performance.now(), cpu: process.cpuUsage() };
  return () => {
    const { user, system } = process.cpuUsage(begin.cpu);
    return { seconds: (performance.now() - begin.wall) / 1e3, cpu: (user + system) / 1e6 };
  };
}

async function playTransit(role: string, platform: Partial<Platform>): Promise<void> {
  const transit = new (role === "send" ? TransitSender : TransitReceiver)({ platform });
  transit.setTransitKey(new Uint8Array(32));
  process.send?.(await transit.getConnectionHints());
  const { hints } = (await message(process)) as { hints: unknown[] };
  transit.addConnectionHints(hints);
  const pipe = await transit.connect();
  if (role === "send") {
    const piece = new Uint8Array(256 * 1024);
    for (let sent = 0; sent < size; sent += piece.length) await pipe.sendBulk(piece);
    return;
  }
  const used = measured();
  for await (const _ of pipe.receiveBulk(size));
  process.send?.(used());
  process.exit();
}

async function playDilation(role: string, platform: Partial<Platform>, relayUrl: string, code: string): Promise<void> {
  const wormhole = createWormhole({ appId: "bench/fresh", relayUrl, platform });
  wormhole.setCode(code);
  const dilated = await wormhole.dilate();
  if (role === "send") {
    const writer = (await dilated.connector("bench").connect()).writable.getWriter();
    const piece = new Uint8Array(PIECE);
    for (let sent = 0; sent < size; sent += PIECE) {
      await writer.ready;
      writer.write(piece).catch(() => {});
    }
    return;
  }
  const { value } = await dilated.listener("bench").listen().next();
  const used = measured();
  let got = 0;
  for await (const piece of (value as { readable: AsyncIterable<Uint8Array> }).readable) {
    got += piece.length;
    if (got >= size) break;
  }
  process.send?.(used());
  process.exit();
}
