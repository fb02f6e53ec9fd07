/** The relay and the mailbox server are killed and come back. Nothing is lost, and data soon flows again. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { CODE, full, mebibytes, report } from "./figures.ts";
import { End, Server } from "./processes.ts";

/** How often both servers die. */
const DEATHS = full ? 20 : 5;
/** The longest outage of each. */
const AWAY_MS = 1_500;
/** The longest time until data flows again after both servers are back. */
const STALL_MS = 5_000;

it(`a gibibyte arrives although both servers are killed ${DEATHS} times`, { timeout: 400_000 }, async () => {
  const total = mebibytes(1024);
  const mailbox = await Server.mailbox();
  const relay = await Server.relay();
  const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays: [relay.relayHint], listen: false };
  const pull = new End({ ...common, role: "pull" });
  const push = new End({ ...common, role: "push", mebibytes: total });
  const stalls: number[] = [];
  let seen = 0;
  for (let death = 1; death <= DEATHS; death++) {
    await pull.flows(seen);
    await pull.reaches((total * (death - Math.random())) / (DEATHS + 1));
    seen = pull.lines.length;
    await Promise.all([die(relay), die(mailbox)]);
    const back = Date.now();
    stalls.push((await pull.flows(seen)).at - back);
  }
  const [sent, received] = await Promise.all([push.result(), pull.result()]);
  expect(received).toMatchObject({ bytes: total * 1024 * 1024, sha256: sent.sha256 });
  report("restart", { generations: pull.generation, gaps: stalls, done: received });
  expect(pull.generation).toBeGreaterThan(DEATHS);
  expect(Math.max(...stalls)).toBeLessThan(STALL_MS);
});

it("data keeps flowing while the mailbox server is down", { timeout: 60_000 }, async () => {
  const mailbox = await Server.mailbox();
  const relay = await Server.relay();
  const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays: [relay.relayHint], listen: false };
  const pull = new End({ ...common, role: "pull" });
  const push = new End({ ...common, role: "push", mebibytes: mebibytes(256) });
  await pull.reaches(1);
  await mailbox.kill();
  const [sent, received] = await Promise.all([push.result(), pull.result()]);
  expect(received.sha256).toBe(sent.sha256);
  expect(pull.generation).toBe(1);
});

async function die(server: Server): Promise<void> {
  await server.kill();
  await sleep(Math.random() * AWAY_MS);
  await server.start();
}
