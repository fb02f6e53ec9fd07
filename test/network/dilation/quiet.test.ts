/** An end that does not listen, or that uses Tor, is invisible: no open port, no address in its hints, no packet. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ControlServer } from "../../../packages/wormhole/test/tor/control-server.ts";
import { SocksServer } from "../../../packages/wormhole/test/tor/socks-server.ts";
import { CODE } from "./figures.ts";
import { Machines } from "./namespaces.ts";
import { End, Server } from "./processes.ts";

const missing = Machines.missing();
if (missing !== undefined) console.warn(`Not tested here, that a dilated wormhole can be quiet: ${missing}.`);

/** Returns the hints that an end has received, other than those of relays. */
const direct = (end: End) => end.statuses.flatMap(({ hints }) => hints).filter((hint) => !hint.startsWith("relay:"));

describe.skipIf(missing !== undefined)("a quiet end of a dilated wormhole", { timeout: 60_000 }, () => {
  it.each([
    { listen: true, ports: 1 },
    { listen: false, ports: 0 },
  ])("listens at $ports ports with listen: $listen, and sends as many addresses", async ({ listen, ports }) => {
    const machines = new Machines();
    const mailbox = await Server.mailbox(machines.server, machines.within("server"));
    const relay = await Server.relay(machines.server, machines.within("server"));
    // Only the relay can be reached, so that an end that listens keeps listening.
    machines.allowOnly([mailbox.port, relay.port]);
    const common = { mailbox: mailbox.mailboxUrl, code: CODE, relays: [relay.relayHint] };
    const quiet = new End({ ...common, role: "push", listen, mebibytesPerSecond: 10 }, machines.within("client"));
    const other = new End({ ...common, role: "pull", listen: false }, machines.within("server"));
    await other.reaches(10);
    expect(machines.listeners("client")).toHaveLength(ports);
    expect(new Set(direct(other)).size).toBe(ports);
    quiet.finish();
    expect((await other.result()).sha256).toBe((await quiet.result()).sha256);
  });

  it("sends packets only through Tor, opens no port, and sends no address", async () => {
    const machines = new Machines();
    const { control, proxy, names } = await tor();
    const mailbox = await Server.mailbox();
    const relay = await Server.relay();
    const common = { code: CODE, listen: true, mebibytes: 20, mebibytesPerSecond: 20 };
    const relays = { ours: [`tcp:${names.relay}:${relay.port}`], theirs: [relay.relayHint] };
    const before = machines.packets;
    const url = `ws://${names.mailbox}:${mailbox.port}/v1`;
    const options = { ...common, role: "push", mailbox: url, relays: relays.ours, tor: control.place } as const;
    const quiet = new End(options, machines.within("client"));
    const other = new End({ ...common, role: "pull", mailbox: mailbox.mailboxUrl, relays: relays.theirs });
    await other.reaches(1);
    expect(machines.listeners("client")).toEqual([]);
    const [sent, received] = await Promise.all([quiet.result(), other.result()]);
    expect(received.sha256).toBe(sent.sha256);
    expect(direct(other)).toEqual([]);
    expect(machines.packets).toBe(before);
    const places = [`name ${names.mailbox}:${mailbox.port}`, `name ${names.relay}:${relay.port}`];
    expect(new Set(proxy.destinations)).toEqual(new Set(places));
  });

  it("sends packets without Tor, which shows that the test can notice them", async () => {
    const machines = new Machines();
    const before = machines.packets;
    const loud = new End(
      { role: "push", mailbox: `ws://${machines.server}:4000/v1`, code: CODE },
      machines.within("client"),
    );
    await loud.failure();
    expect(machines.packets).toBeGreaterThan(before);
  });
});

/** A proxy with a control port, like Tor's, at Unix sockets, which namespaces do not confine. */
async function tor() {
  const sockets = mkdtempSync(join(tmpdir(), "dilation-tor-"));
  const names = { mailbox: "mailbox.test", relay: "relay.test" };
  const known = { [names.mailbox]: "127.0.0.1", [names.relay]: "127.0.0.1" };
  const proxy = await SocksServer.start({ listen: join(sockets, "socks"), names: known });
  const socks = [`unix:${join(sockets, "socks")}`];
  const control = await ControlServer.start({ listen: join(sockets, "control"), socks });
  onTestFinished(async () => {
    await Promise.all([proxy.close(), control.close()]);
    rmSync(sockets, { recursive: true, force: true });
  });
  return { proxy, control, names };
}
