/** Accidents of every kind, which may overlap. Every byte arrives once and in order. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CODE, full, report } from "./figures.ts";
import { Machines } from "./namespaces.ts";
import { End, Server } from "./processes.ts";

const missing = Machines.missing();
if (missing !== undefined) console.warn(`Not tested here, that a dilated wormhole survives everything: ${missing}.`);

const ACCIDENTS = full ? 150 : 30;
/** The longest pause between two accidents, and the longest outage. */
const PAUSE_MS = 1_000;
const AWAY_MS = 2_000;
const PING_INTERVAL_SECONDS = 5;
/** The longest time until data flows again after the last accident, which may interrupt the recovery from another one. */
const STALL_MS = 30_000;

const anyOf = <T>(choices: readonly T[]): T => choices[Math.floor(Math.random() * choices.length)] as T;

describe.skipIf(missing !== undefined)("two ends of a dilated wormhole", { timeout: 400_000 }, () => {
  it.each([
    { way: "direct", listen: true, roams: "push" },
    { way: "relayed", listen: false, roams: "pull" },
  ] as const)(`survive ${ACCIDENTS} accidents, $way, the $roams end roaming`, async ({ way, listen, roams }) => {
    const machines = new Machines();
    const mailbox = await Server.mailbox(machines.server, machines.within("server"));
    const relay = await Server.relay(machines.server, machines.within("server"));
    const common = {
      mailbox: mailbox.mailboxUrl,
      code: CODE,
      relays: [relay.relayHint],
      listen,
      pingInterval: PING_INTERVAL_SECONDS,
    };
    const place = (role: "push" | "pull") => machines.within(role === roams ? "client" : "server");
    const pull = new End({ ...common, role: "pull" }, place("pull"));
    const push = new End({ ...common, role: "push", mebibytesPerSecond: 40 }, place("push"));
    await pull.reaches(1);
    const accidents = [
      async () => machines.plugIn(),
      async () => machines.swallow(),
      async () => machines.swallow(mailbox.port),
      () => restart(relay),
      () => restart(mailbox),
      async () => {
        machines.unplug();
        if (Math.random() < 0.5) await sleep(Math.random() * AWAY_MS);
        machines.plugIn();
      },
    ];
    for (let n = 0; n < ACCIDENTS; n++) {
      await anyOf(accidents)();
      await sleep(Math.random() ** 3 * PAUSE_MS);
    }
    const last = Date.now();
    const before = pull.bytes;
    while (pull.bytes === before) await sleep(20);
    const stall = Date.now() - last;
    push.finish();
    const [sent, received] = await Promise.all([push.result(), pull.result()]);
    expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
    report(`everything, ${way}`, { generations: pull.generation, gaps: pull.gaps, done: received });
    expect(stall).toBeLessThan(STALL_MS);
  });
});

async function restart(server: Server): Promise<void> {
  await server.kill();
  await sleep((Math.random() * AWAY_MS) / 4);
  await server.start();
}
