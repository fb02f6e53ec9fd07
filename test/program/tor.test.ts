/** `wormhole` through a Tor whose every word is known. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
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

/** A Tor that knows our servers by name, and the options that lead through it. */
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

describe("through Tor", () => {
  it.each(["send", "receive"])(
    "%s reaches both servers by name, and the other side by the relay only",
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
      expect(stderr).toContain(`(tor->relay:tcp:${relay}).`);
      expect(new Set(socks.destinations)).toEqual(new Set([`name ${mailbox}`, `name ${relay}`]));
      expect(socks.accounts.size).toBe(1);
    },
  );

  it("nothing is sent when there is no Tor", async () => {
    const args = ["send", "--tor-control-port", "tcp:127.0.0.1:1", "--text", "secret"];
    const { status, stderr, stdout } = await servers.wormhole(args).outcome;
    expect([status, stdout.toString()]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /ERROR: The control port of Tor at tcp:127\.0\.0\.1:1 cannot be used: nothing listens there\./,
    );
    expect(stderr).not.toContain("Wormhole code is");
  });

  it("its progress is told, and Ctrl-C ends the wait", async () => {
    const bootstrap = ['NOTICE BOOTSTRAP PROGRESS=45 TAG=x SUMMARY="Loading\u001b[31m"'];
    const stuck = await ControlServer.start({ bootstrap });
    onTestFinished(() => stuck.close());
    const run = servers.wormhole(["receive", "--tor-control-port", stuck.place, "7-a-b"]);
    await run.says(/^Tor: 45 % Loading[^\u001b]*\n/m);
    run.child.kill("SIGINT");
    expect((await run.outcome).status).toBe(130);
  });

  it.each([
    [["send", "--launch-tor", "--tor-control-port", "tcp:127.0.0.1:9051", "--text", "x"]],
    [["receive", "--tor", "--listen", "7-a-b"]],
  ])("%j contradicts itself", async (args) => {
    const { status, stderr } = await servers.wormhole(args).outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ERROR: /);
  });
});
