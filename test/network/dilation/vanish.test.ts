/** The other side disappears permanently: its process is killed, or its machine is cut off. */
import { describe, expect, it } from "vitest";
import { CODE, full } from "./figures.ts";
import type { Line, Status } from "./lines.ts";
import { Machines } from "./namespaces.ts";
import { End, Server } from "./processes.ts";

const missing = Machines.missing();
if (missing !== undefined) console.warn(`Not tested here, that a machine vanishes: ${missing}.`);

const PING_INTERVAL_SECONDS = full ? 30 : 3;
const PATIENCE_SECONDS = 3;
/** The longest time from the loss until its report. */
const NOTICE_MS = full ? 65_000 : 2 * PING_INTERVAL_SECONDS * 1000 + 1_000;

const isLost = (line: Line): line is Status => line.say === "status" && line.state === "reconnecting";

/** Checks the time until an end reports the loss of the other one, and then the time until it gives up. */
async function expectGivenUp(end: End, gone: number) {
  const lost = await end.says(isLost);
  const failure = await end.failure();
  console.log(`vanished: noticed after ${lost.at - gone} ms, given up after ${failure.at - lost.at} ms more`);
  expect(lost.at - gone).toBeLessThan(NOTICE_MS);
  expect(failure.code).toBe("peer-gone");
  expect(failure.at - lost.at).toBeGreaterThan(PATIENCE_SECONDS * 1000 - 100);
  expect(failure.at - lost.at).toBeLessThan(PATIENCE_SECONDS * 1000 + 2_000);
}

it.each(["pull", "push"] as const)("the %s end's process is killed", { timeout: 120_000 }, async (victim) => {
  const mailbox = await Server.mailbox();
  const common = {
    mailbox: mailbox.mailboxUrl,
    code: CODE,
    pingInterval: PING_INTERVAL_SECONDS,
    patience: PATIENCE_SECONDS,
  };
  const pull = new End({ ...common, role: "pull" });
  const push = new End({ ...common, role: "push", mebibytesPerSecond: 40 });
  await pull.reaches(10);
  const [dead, left] = victim === "pull" ? [pull, push] : [push, pull];
  const gone = Date.now();
  dead.child.kill("SIGKILL");
  await expectGivenUp(left, gone);
});

describe.skipIf(missing !== undefined)("if neither is notified", { timeout: 120_000 }, () => {
  it.each(["pull", "push"] as const)("the %s end's machine is cut off", async (victim) => {
    const machines = new Machines();
    const mailbox = await Server.mailbox(machines.server, machines.within("server"));
    const common = {
      mailbox: mailbox.mailboxUrl,
      code: CODE,
      pingInterval: PING_INTERVAL_SECONDS,
      patience: PATIENCE_SECONDS,
    };
    const place = (role: "push" | "pull") => machines.within(role === victim ? "client" : "server");
    const pull = new End({ ...common, role: "pull" }, place("pull"));
    const push = new End({ ...common, role: "push", mebibytesPerSecond: 40 }, place("push"));
    await pull.reaches(10);
    const gone = Date.now();
    machines.unplug();
    await expectGivenUp(victim === "pull" ? push : pull, gone);
  });
});
