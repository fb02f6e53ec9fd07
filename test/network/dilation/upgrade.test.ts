/** There is no direct way at first, and a relay is used. When a way opens, the connection moves there while data flows. */
import { describe, expect, it } from "vitest";
import { CODE } from "./figures.ts";
import type { Line, Status } from "./lines.ts";
import { Machines } from "./namespaces.ts";
import { End, Server } from "./processes.ts";

const missing = Machines.missing();
if (missing !== undefined) console.warn(`Not tested here, that a relayed connection becomes a direct one: ${missing}.`);

/** Long enough for the growing pauses between attempts, and for lost packets, which are sent again after up to 16 s. */
const DEADLINE_MS = 30_000;

const isDirect = (line: Line): line is Status => line.say === "status" && line.state === "connected" && !line.relayed;

describe.skipIf(missing !== undefined)("a relayed connection", { timeout: 90_000 }, () => {
  it("becomes a direct one as soon as there is a way, and nothing is lost or repeated", async () => {
    const machines = new Machines();
    const mailbox = await Server.mailbox(machines.server, machines.within("server"));
    const relay = await Server.relay(machines.server, machines.within("server"));
    machines.allowOnly([mailbox.port, relay.port]);
    const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays: [relay.relayHint] };
    const pull = new End({ ...common, role: "pull" }, machines.within("client"));
    const push = new End({ ...common, role: "push", mebibytesPerSecond: 40 }, machines.within("server"));
    await pull.reaches(100);
    expect([pull, push].map((end) => end.statuses.at(-1)?.relayed)).toEqual([true, true]);
    const before = pull.lines.length;
    const opened = Date.now();
    machines.allowAll();
    const direct = await pull.says(isDirect, before);
    await push.says(isDirect);
    await pull.flows(before);
    push.finish();
    const [sent, received] = await Promise.all([push.result(), pull.result()]);
    expect(received).toMatchObject({ bytes: sent.bytes, sha256: sent.sha256 });
    console.log(`upgrade: after ${direct.at - opened} ms, longest silence ${pull.gaps[0] ?? 0} ms`);
    // Nothing was lost, so no new generation was needed.
    expect(pull.generation).toBe(1);
    expect(direct.at - opened).toBeLessThan(DEADLINE_MS);
    expect(pull.gaps[0] ?? 0).toBeLessThan(2_000);
  });
});
