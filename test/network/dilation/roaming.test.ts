/** The client's address disappears and another one appears. The operating system reports it, and data soon flows again. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CODE, full, report } from "./figures.ts";
import { Machines } from "./namespaces.ts";
import { End, Server } from "./processes.ts";

const missing = Machines.missing();
if (missing !== undefined) console.warn(`Not tested here, that a dilated wormhole roams: ${missing}.`);

/** The longest time until data flows again after the new address has appeared. */
const STALL_MS = 3_000;
/** The longest time for which the client has no address. Sometimes it always has one. */
const AWAY_MS = full ? 10_000 : 1_500;

describe.skipIf(missing !== undefined)("a client that changes its address", { timeout: 240_000 }, () => {
  it.each([
    { way: "direct", roams: "push", moves: 10 },
    { way: "relayed", roams: "pull", moves: full ? 10 : 5 },
    // Both ends are on one machine and reach each other by its own address.
    { way: "direct", roams: "both", moves: full ? 10 : 5 },
  ] as const)(
    // proves: api/roaming
    "has data flowing within three seconds each time, $way, $roams roaming",
    async ({ way, roams, moves }) => {
      const machines = new Machines();
      const mailbox = await Server.mailbox(machines.server, machines.within("server"));
      const relay = await Server.relay(machines.server, machines.within("server"));
      const relays = way === "relayed" ? [relay.relayHint] : [];
      const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays, listen: way === "direct" };
      const place = (role: "push" | "pull") =>
        machines.within(roams === "both" || role === roams ? "client" : "server");
      const pull = new End({ ...common, role: "pull" }, place("pull"));
      const push = new End({ ...common, role: "push", mebibytesPerSecond: 40 }, place("push"));
      await pull.reaches(1);
      const stalls: number[] = [];
      for (let move = 0; move < moves; move++) {
        const seen = pull.lines.length;
        machines.unplug();
        if (move % 2 === 1) await sleep(Math.random() * AWAY_MS);
        machines.plugIn();
        const back = Date.now();
        stalls.push((await pull.flows(seen)).at - back);
        await sleep(Math.random() * 500);
      }
      push.finish();
      const [sent, received] = await Promise.all([push.result(), pull.result()]);
      expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
      report(`roaming, ${way}, ${roams}`, { generations: pull.generation, gaps: stalls, done: received });
      expect(Math.max(...stalls)).toBeLessThan(STALL_MS);
    },
  );
});
