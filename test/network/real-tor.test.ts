/** Transfers through the real program tor, in a private Tor network on this machine. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Run, type RunOptions, type Servers, startServers } from "../program/wormhole.ts";
import { TorNetwork } from "./private-tor.ts";

const missing = TorNetwork.missing();
if (missing !== undefined) console.warn(`Not tested here, with a real Tor network: ${missing}.`);

const content = Buffer.from(Array.from({ length: 2_000_000 }, (_, at) => (at * at) >> 7));
const portOf = (url: string) => /:(\d+)(?:\/|$)/.exec(url)?.[1];

describe.skipIf(missing !== undefined)("in a Tor network", { timeout: 120_000 }, () => {
  let network: TorNetwork;
  let servers: Servers;
  let folder = "";
  let env: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "real-tor-"));
    [network, servers] = await Promise.all([TorNetwork.start(), startServers()]);
    env = {
      WORMHOLE_RELAY_URL: `ws://mailbox.test:${portOf(servers.mailbox.url)}/v1`,
      WORMHOLE_TRANSIT_HELPER: `tcp:relay.test:${portOf(servers.relay.url)}`,
    };
    writeFileSync(join(folder, "sent.bin"), content);
  }, 60_000);

  afterAll(async () => {
    await Promise.all([network.stop(), servers.close()]);
    rmSync(folder, { recursive: true });
  });

  /** Names that only Tor can look up. */
  const client = () => `${network.settings}MapAddress mailbox.test 127.0.0.1\nMapAddress relay.test 127.0.0.1\n`;

  /** Sends from one side to the other, and returns the output of the hidden sender and of the open receiver. */
  async function transfer(way: string[], options: RunOptions): Promise<[sent: string, received: string]> {
    const sender = servers.wormhole(["send", ...way, join(folder, "sent.bin")], options);
    const into = join(folder, `${way[0]}.bin`);
    const receiver = servers.wormhole(["receive", "--accept-file", "-o", into, await sender.code()]);
    const outcomes = await Promise.all([sender, receiver].map((run: Run) => run.outcome));
    expect(
      outcomes.map(({ status }) => status),
      outcomes.map(({ stderr }) => stderr).join(),
    ).toEqual([0, 0]);
    expect(readFileSync(into).equals(content)).toBe(true);
    return [outcomes[0]?.stderr ?? "", outcomes[1]?.stderr ?? ""];
  }

  it("a private Tor is launched, connects, carries a file, and leaves nothing behind", async () => {
    const [bin, temporary] = [join(folder, "bin"), join(folder, "temporary")];
    for (const each of [bin, temporary]) mkdirSync(each);
    const tor = spawnSync("sh", ["-c", "command -v tor"], { encoding: "utf8" }).stdout.trim();
    writeFileSync(join(bin, "client"), client());
    // The program writes the configuration, which does not name this private network.
    const script = `#!/bin/sh\ncat ${join(bin, "client")} >> "$2"\necho $$ > ${bin}/pid\nexec ${tor} "$@"\n`;
    writeFileSync(join(bin, "tor"), script, { mode: 0o755 });
    const [sent] = await transfer(["--launch-tor"], {
      env: { ...env, PATH: `${bin}:${process.env.PATH}`, TMPDIR: temporary },
    });
    expect(sent).toMatch(/^Launching a private Tor, .*^Tor: 100 % Done$.*^Using Tor via a private Tor$/ms);
    expect(sent).toContain(`(tor->relay:${env.WORMHOLE_TRANSIT_HELPER}).`);
    expect(readdirSync(temporary).filter((name) => name.startsWith("wormhole-tor-"))).toEqual([]);
    expect(() => process.kill(Number(readFileSync(join(bin, "pid"), "utf8")), 0)).toThrow("ESRCH");
  });

  it("a running Tor is found by its control port, and lets in a program that can read its cookie", async () => {
    const ports = "SocksPort auto\nControlPort auto\nCookieAuthentication 1\n";
    const written = `ControlPortWriteToFile ${join(network.folder, "client", "control-port")}\n`;
    network.run("client", `${client().slice(network.settings.length)}${ports}${written}`);
    const place = await vi.waitUntil(() => /^PORT=(\S+)$/m.exec(controlPort()) ?? false, { timeout: 20_000 });
    const [sent] = await transfer(["--tor-control-port", `tcp:${place[1]}`], { env });
    expect(sent).toContain(`Using Tor via control port ${place[1]}\n`);
    expect(sent).toContain("(tor->relay:");
  });

  function controlPort(): string {
    try {
      return network.read("client", "control-port");
    } catch {
      return ""; // not written yet
    }
  }
});
