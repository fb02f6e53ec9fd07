/** A path dies silently while data flows: neither end is notified, no address changes, and new connections work. */
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CODE, full, report } from "./figures.ts";
import { Machines } from "./namespaces.ts";
import { End, isProgress, Server } from "./processes.ts";

const missing = Machines.missing();
if (missing !== undefined) console.warn(`Not tested here, that a silent death is noticed: ${missing}.`);

/** The default interval at full length, and a shorter one otherwise. */
const PING_INTERVAL_SECONDS = full ? 30 : 5;
/** The longest time until data flows again. */
const STALL_MS = full ? 35_000 : 2 * PING_INTERVAL_SECONDS * 1000;
/** The same time if the link to the mailbox server is dead: ten seconds for its answer, and time to connect to both servers. */
const MAILBOX_STALL_MS = 15_000;
/** The same time if the addresses of the machine change. */
const SIGNALLED_STALL_MS = 3_000;
const DEATHS = full ? 4 : 2;
/** Times during which nothing arrives: some shorter than the interval, some longer. */
const BLACKOUTS_MS = full ? [20_000, 45_000, 100_000] : [3_000, 9_000];

describe.skipIf(missing !== undefined)("a connection that dies silently", { timeout: 600_000 }, () => {
  it.each([
    { way: "direct", behind: "push" },
    { way: "relayed", behind: "pull" },
  ] as const)("is replaced within the configured time, $way, the $behind end behind it", async (given) => {
    const { machines, pull, push } = await meet(given, PING_INTERVAL_SECONDS);
    const stalls = await die(DEATHS, pull, () => machines.swallow());
    push.finish();
    const [sent, received] = await Promise.all([push.result(), pull.result()]);
    expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
    report(`silence, ${given.way}`, { generations: pull.generation, gaps: stalls, done: received });
    expect(Math.max(...stalls)).toBeLessThan(STALL_MS);
  });

  it.each([
    { way: "direct", behind: "pull" },
    { way: "relayed", behind: "push" },
  ] as const)("is replaced within 3 s when an address appears, $way, the $behind end behind it", async (given) => {
    const { machines, pull, push } = await meet(given, 30);
    const stalls = await die(DEATHS, pull, () => {
      machines.swallow();
      machines.plugIn();
    });
    push.finish();
    const [sent, received] = await Promise.all([push.result(), pull.result()]);
    expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
    report(`silence and an address, ${given.way}`, { generations: pull.generation, gaps: stalls, done: received });
    expect(Math.max(...stalls)).toBeLessThan(SIGNALLED_STALL_MS);
  });

  it.each([
    { way: "direct", behind: "pull" },
    { way: "relayed", behind: "push" },
  ] as const)("is replaced when the network comes back, $way, the $behind end behind it", async (given) => {
    const { machines, pull, push } = await meet(given, PING_INTERVAL_SECONDS);
    const stalls: number[] = [];
    for (const away of BLACKOUTS_MS) {
      machines.allowOnly([]);
      await sleep(away);
      const seen = pull.lines.length;
      machines.allowAll();
      const back = Date.now();
      stalls.push((await pull.says(isProgress, seen)).at - back);
      await sleep(500);
    }
    push.finish();
    const [sent, received] = await Promise.all([push.result(), pull.result()]);
    expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
    report(`blackout, ${given.way}`, { generations: pull.generation, gaps: stalls, done: received });
    expect(Math.max(...stalls)).toBeLessThan(STALL_MS);
  });

  it.each(["push", "pull"] as const)(
    "to the mailbox server is noticed by the %s end when it is needed",
    async (behind) => {
      const { machines, mailbox, relay, pull, push } = await meet({ way: "relayed", behind }, 30);
      const seen = pull.lines.length;
      machines.swallow(mailbox.port);
      await relay.kill();
      await relay.start();
      const back = Date.now();
      const stall = (await pull.flows(seen)).at - back;
      push.finish();
      const [sent, received] = await Promise.all([push.result(), pull.result()]);
      expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
      report(`silence of the mailbox server, ${behind}`, {
        generations: pull.generation,
        gaps: [stall],
        done: received,
      });
      expect(stall).toBeLessThan(MAILBOX_STALL_MS);
    },
  );
});

interface Given {
  readonly way: "direct" | "relayed";
  /** The end on the machine behind the router. */
  readonly behind: "push" | "pull";
}

/** Starts two ends, and waits until data flows. */
async function meet({ way, behind }: Given, pingInterval: number) {
  const machines = new Machines();
  const mailbox = await Server.mailbox(machines.server, machines.within("server"));
  const relay = await Server.relay(machines.server, machines.within("server"));
  const relays = way === "relayed" ? [relay.relayHint] : [];
  const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays, listen: way === "direct", pingInterval };
  const place = (role: "push" | "pull") => machines.within(role === behind ? "client" : "server");
  const pull = new End({ ...common, role: "pull" }, place("pull"));
  const push = new End({ ...common, role: "push", mebibytesPerSecond: 40 }, place("push"));
  await pull.reaches(1);
  return { machines, mailbox, relay, pull, push };
}

/** Kills the connection several times. Returns the milliseconds until data flows again, for each time. */
async function die(times: number, pull: End, kill: () => void): Promise<number[]> {
  const stalls: number[] = [];
  for (let death = 0; death < times; death++) {
    await sleep(1_000 * Math.random());
    const seen = pull.lines.length;
    const dead = Date.now();
    kill();
    stalls.push((await pull.flows(seen)).at - dead);
  }
  return stalls;
}
