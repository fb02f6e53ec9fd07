/**
 * With Tor, nothing leaves this machine directly. The program runs in a namespace that drops and counts every packet. The
 * only way out is a proxy at a Unix socket, which namespaces do not confine. The servers and the other side are outside.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { ControlServer } from "../../packages/wormhole/test/tor/control-server.ts";
import { SocksServer } from "../../packages/wormhole/test/tor/socks-server.ts";
import { Run, type Servers, startServers } from "../program/wormhole.ts";
import { Quarantine } from "./quarantine.ts";

const missing = Quarantine.missing();
if (missing !== undefined) console.warn(`Not tested here, that no packet bypasses Tor: ${missing}.`);

/** The ports of loopback where the program looks for a Tor. */
const TOR_PORTS = [9050, 9051, 9150, 9151];

let servers: Servers;
let folder = "";
/** Content without repetition, long enough for several pieces. */
const content = Buffer.from(Array.from({ length: 500_000 }, (_, at) => (at * at) >> 7));

beforeAll(async () => {
  servers = await startServers();
  folder = mkdtempSync(join(tmpdir(), "tor-network-"));
  writeFileSync(join(folder, "sent.bin"), content);
});

afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

const portOf = (url: string) => /:(\d+)(?:\/|$)/.exec(url)?.[1];

/** Starts a proxy and a control port at the edge of the quarantine. */
async function edge(allowed: readonly number[] = []) {
  const quarantine = new Quarantine(allowed);
  const sockets = mkdtempSync(join(tmpdir(), "edge-"));
  const names = { "mailbox.test": "127.0.0.1", "relay.test": "127.0.0.1" };
  const proxy = await SocksServer.start({ listen: join(sockets, "socks"), names });
  const control = await ControlServer.start({
    listen: join(sockets, "control"),
    socks: [`unix:${join(sockets, "socks")}`],
  });
  onTestFinished(async () => {
    await Promise.all([proxy.close(), control.close()]);
    quarantine.close();
    rmSync(sockets, { recursive: true, force: true });
  });
  const mailbox = `mailbox.test:${portOf(servers.mailbox.url)}`;
  const relay = `relay.test:${portOf(servers.relay.url)}`;
  const env = { WORMHOLE_RELAY_URL: `ws://${mailbox}/v1`, WORMHOLE_TRANSIT_HELPER: `tcp:${relay}` };
  const inside = (args: readonly string[]) => new Run(args, { env, within: quarantine.within });
  return { quarantine, proxy, control, mailbox, relay, inside, socket: join(sockets, "socks") };
}

/** Plays a whole transfer with one side inside and the other outside. */
async function transfer(hidden: "send" | "receive", way: readonly string[], inside: (args: readonly string[]) => Run) {
  const start = (name: "send" | "receive", args: readonly string[]) =>
    name === hidden ? inside([name, ...way, ...args]) : servers.wormhole([name, ...args]);
  const into = join(folder, `${hidden}-${way.length}.bin`);
  const sender = start("send", [join(folder, "sent.bin")]);
  const receiver = start("receive", ["--accept-file", "-o", into, await sender.code()]);
  const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
  expect([sent.status, received.status], sent.stderr + received.stderr).toEqual([0, 0]);
  expect(readFileSync(into).equals(content)).toBe(true);
  return hidden === "send" ? sent.stderr : received.stderr;
}

describe.skipIf(missing !== undefined)("in a network that drops and counts every packet", { timeout: 60_000 }, () => {
  // proves: api/everything-through-tor
  it.each(["send", "receive"] as const)("%s through Tor: no packet leaves, not even on loopback", async (hidden) => {
    const { quarantine, proxy, control, mailbox, relay, inside } = await edge();
    const said = await transfer(hidden, ["--tor-control-port", control.place], inside);
    expect(said).toContain(`through Tor and the relay ${relay}...`);
    expect(new Set(proxy.destinations)).toEqual(new Set([`name ${mailbox}`, `name ${relay}`]));
    expect(quarantine.packets).toBe(0);
  });

  it("a Tor is found in a usual place, and only its port is used", async () => {
    const { quarantine, proxy, inside, socket, mailbox, relay } = await edge(TOR_PORTS);
    const forward = fileURLToPath(new URL("forward.ts", import.meta.url));
    const [program, ...args] = [...quarantine.within, process.execPath, forward, "9050", socket];
    await ready(spawn(program, args));
    const said = await transfer("send", ["--tor"], inside);
    expect(said).toContain("Using Tor via SOCKS port 127.0.0.1:9050\n");
    expect(new Set(proxy.destinations)).toEqual(new Set([`name ${mailbox}`, `name ${relay}`]));
    expect(quarantine.packets).toBe(0);
  });

  it("without Tor, packets of the name service and of TCP are counted", async () => {
    const { quarantine, inside } = await edge();
    const named = inside(["send", "--text", "x"]);
    await vi.waitUntil(() => quarantine.packets > 0, { timeout: 20_000 });
    named.child.kill("SIGKILL");
    await named.outcome;
    const before = quarantine.packets;
    const direct = inside(["send", "--relay-url", `ws://${quarantine.outside}:4000/v1`, "--text", "x"]);
    await vi.waitUntil(() => quarantine.packets > before, { timeout: 20_000 });
    direct.child.kill("SIGKILL");
    expect((await direct.outcome).stdout.length).toBe(0);
  });

  it("if Tor is missing, nothing is sent without it", async () => {
    const { quarantine, inside } = await edge(TOR_PORTS);
    const { status, stderr } = await inside(["send", "--tor", "--text", "x"]).outcome;
    expect(status).toBe(1);
    expect(stderr).toContain("ERROR: There is no Tor in the usual places: unix:/var/run/tor/control (not there)");
    expect(quarantine.packets).toBe(0);
  });
});

/** Waits until a program inside reports that it is ready. It is ended after the test. */
async function ready(child: ChildProcess): Promise<void> {
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.stdout) await once(child.stdout, "data");
}
