/** Pairs of a mailbox server and a transit relay on the loopback address: the reference servers, or ours. */
import { dirname, join } from "node:path";
import { openGate } from "./gate.ts";
import { GO_RELAY, ownNetwork } from "./network.ts";
import type { Found } from "./peers.ts";
import { launch, type Running } from "./processes.ts";
import { ours, python } from "./programs.ts";

/** A pair of running servers. */
export interface Servers {
  /** `ws://HOST:PORT/v1`. */
  readonly mailbox: string;
  /** `HOST:PORT` of the counting proxy in front of the relay. */
  readonly relay: string;
  /** Bytes that went through the relay since the last call. */
  relayed(): number;
  stop(): Promise<void>;
}

/** An implementation of both servers. */
export interface ServerKind {
  readonly title: string;
  readonly found: Found;
  start(): Promise<Servers>;
}

/** Longer than any test file. */
const SERVER_SECONDS = 1800;

const twist = (plugin: string, ...args: string[]) => {
  const bin = "program" in python.found ? dirname(python.found.program) : "";
  const command = [join(bin, "python"), join(bin, "twist"), "--log-format=text", plugin];
  return launch([...command, "--port", "tcp:0:interface=127.0.0.1", ...args], { seconds: SERVER_SECONDS });
};

async function open(mailbox: string, relayPort: number, processes: readonly Running[]): Promise<Servers> {
  const gate = await openGate(ownNetwork ? GO_RELAY.port : 0, { host: "127.0.0.1", port: relayPort });
  return {
    mailbox,
    relay: `127.0.0.1:${gate.port}`,
    relayed: () => gate.passed(),
    async stop() {
      await Promise.all([gate.close(), ...processes.map((process) => process.stop())]);
    },
  };
}

/** The reference servers. */
export const pythonServers: ServerKind = {
  title: "Python's servers",
  found: python.found,
  async start() {
    const processes = [twist("wormhole-mailbox", "--channel-db", ":memory:"), twist("transitrelay")];
    const [mailbox, relay] = await Promise.all(processes.map((process) => process.says(/ starting on (\d+)/)));
    return open(`ws://127.0.0.1:${mailbox}/v1`, Number(relay), processes);
  },
};

/** Our servers, as `wormhole serve` runs them. */
export const ourServers: ServerKind = {
  title: "our servers",
  found: ours.found,
  async start() {
    const program = "program" in ours.found ? ours.found.program : "";
    const ports = ["--mailbox-port", "0", "--relay-port", "0"];
    const served = launch([process.execPath, program, "serve", "--memory", ...ports], { seconds: SERVER_SECONDS });
    const mailbox = await served.says(/^mailbox (ws:\S+)$/m);
    return open(mailbox, Number(await served.says(/^relay tcp:\S+:(\d+)$/m)), [served]);
  },
};
