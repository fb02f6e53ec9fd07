/** Many connections are cut at random moments. Every byte arrives once and in order. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { Valve } from "../../interop/dilation/valve.ts";
import { CODE, mebibytes, report } from "./figures.ts";
import { End, Server } from "./processes.ts";

/** Number of connections that are cut while they carry data. */
const CUTS = 200;
/** After every this many cuts, the next connection is also cut while it is being made. */
const SECOND_CUT = 4;
/** Time within which the second cut happens. */
const MAKING_MS = 100;
/** All cuts happen before this share of the bytes has arrived. */
const SHARE = 0.85;

// proves: api/durable
it(`a gibibyte arrives although connections are cut at ${CUTS} random moments`, { timeout: 240_000 }, async () => {
  const total = mebibytes(1024);
  const mailbox = await Server.mailbox();
  const relay = await Server.relay();
  const valve = await Valve.open({ host: "127.0.0.1", port: relay.port });
  onTestFinished(() => valve.close());
  const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays: [`tcp:127.0.0.1:${valve.port}`], listen: false };
  const pull = new End({ ...common, role: "pull" });
  const push = new End({ ...common, role: "push", mebibytes: total });
  const moments = Array.from({ length: CUTS }, () => Math.random() * total * SHARE).sort((a, b) => a - b);
  let seen = 0;
  for (const [number, moment] of moments.entries()) {
    await pull.flows(seen);
    await pull.reaches(moment);
    seen = pull.lines.length;
    valve.cut();
    if (number % SECOND_CUT !== 0) continue;
    await sleep(Math.random() * MAKING_MS);
    valve.cut();
  }
  const [sent, received] = await Promise.all([push.result(), pull.result()]);
  expect(received).toMatchObject({ bytes: total * 1024 * 1024, sha256: sent.sha256 });
  report("cut", { generations: pull.generation, gaps: pull.gaps, done: received });
  expect(pull.generation).toBeGreaterThanOrEqual(CUTS);
  expect(pull.gaps[0] ?? 0).toBeLessThan(5_000);
});
