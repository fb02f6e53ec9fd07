/**
 * One end of a transit pipe of this library. It sends or receives one record for each write that dilation-peer.ts makes on
 * its subchannel.
 *
 *     transit-peer.ts push|sink URL CODE BYTES CHUNK 1 hash|compare [RELAY]
 */
import { randomBytes } from "node:crypto";
import { createWormhole, TransitReceiver, TransitSender } from "../../packages/wormhole/dist/index.js";
import { Check, type CheckWay, conclude, processTimes } from "./peer.ts";

const [role = "", relayUrl = "", code = "", bytes = "", chunk = "", , way = "", relay] = process.argv.slice(2);
const [BYTES, CHUNK] = [Number(bytes), Number(chunk)];

const wormhole = createWormhole({ appId: "bench/transit", relayUrl, dilation: false });
wormhole.setCode(code);
await wormhole.getVersions();
const options = relay === undefined ? {} : { relays: [relay], listen: false };
const transit = role === "push" ? new TransitSender(options) : new TransitReceiver(options);
wormhole.sendMessage(new TextEncoder().encode(JSON.stringify(await transit.getConnectionHints())));
transit.addConnectionHints(JSON.parse(new TextDecoder().decode(await wormhole.getMessage())) as unknown[]);
transit.setTransitKey(wormhole.deriveKey("bench/transit", 32));
const pipe = await transit.connect();

const check = new Check(way as CheckWay);
const start = processTimes();
if (role === "push") {
  const whole = new Uint8Array(randomBytes(CHUNK));
  for (let left = BYTES; left > 0; left -= CHUNK) {
    const chunk = left < CHUNK ? whole.subarray(0, left) : whole;
    check.take(chunk);
    await pipe.sendRecord(chunk);
  }
  const theirs = Buffer.from(await pipe.receiveRecord()).toString();
  if (theirs !== check.sum()) throw new Error("the received bytes differ from those sent");
} else {
  for (let got = 0; got < BYTES; ) {
    const record = await pipe.receiveRecord();
    check.take(record, true);
    got += record.length;
  }
  await pipe.sendRecord(new TextEncoder().encode(check.sum()));
}
await conclude(start);
