/**
 * `wormhole` through a Tor that the test plays. What the program does without a Tor is tested in
 * packages/cli/test/commands/with-tor.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { ControlServer } from "../../packages/wormhole/test/tor/control-server.ts";
import { SocksServer } from "../../packages/wormhole/test/tor/socks-server.ts";
import { type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
let folder = "";

beforeAll(async () => {
  servers = await startServers();
  folder = mkdtempSync(join(tmpdir(), "tor-program-"));
});

afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

const portOf = (url: string) => Number(/:(\d+)(?:\/|$)/.exec(url)?.[1]);

/** A Tor that resolves the names of our servers, and the environment that uses these names. */
async function tor() {
  const socks = await SocksServer.start({ names: { "mailbox.test": "127.0.0.1", "relay.test": "127.0.0.1" } });
  const control = await ControlServer.start({ socks: [`127.0.0.1:${socks.port}`] });
  onTestFinished(() => Promise.all([socks.close(), control.close()]).then(() => {}));
  const mailbox = `mailbox.test:${portOf(servers.mailbox.url)}`;
  const relay = `relay.test:${portOf(servers.relay.url)}`;
  return {
    socks,
    control,
    mailbox,
    relay,
    env: { WORMHOLE_RELAY_URL: `ws://${mailbox}/v1`, WORMHOLE_TRANSIT_HELPER: `tcp:${relay}` },
  };
}

it.each(["send", "receive"])(
  "through Tor, %s reaches both servers by name, and the other side through the relay only",
  async (hidden) => {
    const { socks, control, env, mailbox, relay } = await tor();
    writeFileSync(join(folder, "sent.bin"), Buffer.alloc(300_000, hidden));
    const way = (name: string) => (name === hidden ? ["--tor-control-port", control.place] : []);
    const options = (name: string) => (name === hidden ? { env } : {});
    const sender = servers.wormhole(["send", ...way("send"), join(folder, "sent.bin")], options("send"));
    const code = await sender.code();
    const into = join(folder, `${hidden}.bin`);
    const args = ["receive", ...way("receive"), "--accept-file", "-o", into, code];
    const received = await servers.wormhole(args, options("receive")).outcome;
    const sent = await sender.outcome;
    expect([sent.status, received.status], sent.stderr + received.stderr).toEqual([0, 0]);
    expect(readFileSync(into).equals(readFileSync(join(folder, "sent.bin")))).toBe(true);
    const { stderr } = hidden === "send" ? sent : received;
    expect(stderr).not.toContain("%");
    expect(stderr).toContain(`Using Tor via control port ${control.place.slice("tcp:".length)}\n`);
    expect(stderr).toContain(`through Tor and the relay ${relay}...`);
    expect(new Set(socks.destinations)).toEqual(new Set([`name ${mailbox}`, `name ${relay}`]));
    expect(socks.accounts.size).toBe(1);
  },
);
