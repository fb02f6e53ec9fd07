/** Every option of a transit has its effect. */
import { describe, expect, it, onTestFinished } from "vitest";
import { pick } from "../../src/base/pick.ts";
import { Timing } from "../../src/base/timing.ts";
import type { StreamNetwork } from "../../src/net/connection.ts";
import { TRANSIT_OPTIONS, type Transit, type TransitOptions } from "../../src/transit/api.ts";
import { TransitReceiver, TransitSender } from "../../src/transit/transit.ts";
import { transitKey } from "./loopback.ts";

/** A network without other machines, which records how it is used. */
function recordingNetwork(isTor = false) {
  const calls: string[] = [];
  const dial: StreamNetwork["dial"] = async (host, port) => {
    calls.push(`dial ${host}:${port}`);
    throw Object.assign(new Error("no machine"), { code: "ECONNREFUSED" });
  };
  const listen: StreamNetwork["listen"] = async () => {
    calls.push("listen");
    return { port: 4321, close: () => void calls.push("close") };
  };
  const network: StreamNetwork = { dial, addresses: () => ["10.0.0.1"], ...(isTor ? { isTor } : { listen }) };
  return { network, calls };
}

const relays = ["tcp:relay.test:4001"];
const relayHint = {
  type: "relay-v1",
  hints: [{ type: "direct-tcp-v1", hostname: "relay.test", port: 4001, priority: 0 }],
};
const directHint = { type: "direct-tcp-v1", hostname: "10.0.0.1", port: 4321, priority: 0 };

type Make = (options: TransitOptions) => Transit;

/** Connects without hints from the peer. Returns the error. */
async function failure(transit: Transit): Promise<unknown> {
  transit.setTransitKey(transitKey);
  transit.addConnectionHints([]);
  return transit.connect().catch((error: unknown) => error);
}

/** For each option, a test of its effect. If a new option is missing here, the table does not compile. */
const EFFECTS: Readonly<Record<keyof TransitOptions, (make: Make) => Promise<void>>> = {
  async relays(make) {
    const { network, calls } = recordingNetwork();
    const transit = make({ relays, listen: false, platform: { network } });
    expect(await transit.getConnectionHints()).toEqual([relayHint]);
    expect(String(await failure(transit))).toContain("tried the relay relay.test:4001 (nothing listens there)");
    expect(calls).toEqual(["dial relay.test:4001"]);
  },

  async listen(make) {
    const [open, shut] = [recordingNetwork(), recordingNetwork()];
    expect(await make({ platform: open }).getConnectionHints()).toEqual([directHint]);
    expect(await make({ listen: false, platform: shut }).getConnectionHints()).toEqual([]);
    expect([open.calls, shut.calls]).toEqual([["listen"], []]);
  },

  async tor(make) {
    const [tor, outside] = [recordingNetwork(true), recordingNetwork()];
    const openMessageSocket = () => ({ send() {}, close() {} });
    const streams = () => ({ network: tor.network, openMessageSocket });
    const transit = make({ tor: { streams }, relays, listen: true, platform: outside });
    expect(await transit.getConnectionHints()).toEqual([relayHint]);
    await failure(transit);
    expect([tor.calls, outside.calls]).toEqual([["dial relay.test:4001"], []]);
  },

  async timing(make) {
    const timing = new Timing();
    await failure(make({ timing, relays, listen: false, platform: recordingNetwork() }));
    expect(timing.toJSON().map(({ name }) => name)).toEqual(["transit connect", "attempt"]);
  },

  async signal(make) {
    const leaving = new AbortController();
    const connecting = failure(make({ signal: leaving.signal, platform: recordingNetwork() }));
    const reason = new Error("no time");
    leaving.abort(reason);
    expect(await connecting).toBe(reason);
  },

  async platform(make) {
    const { network, calls } = recordingNetwork();
    expect(await make({ platform: { network } }).getConnectionHints()).toEqual([directHint]);
    expect(calls).toEqual(["listen"]);
  },
};

describe.each([
  ["sender", TransitSender],
  ["receiver", TransitReceiver],
] as const)("every option of a %s has its effect", (_, Class) => {
  const make: Make = (options) => {
    const transit = new Class(pick(options, TRANSIT_OPTIONS));
    onTestFinished(() => transit.close());
    return transit;
  };

  // proves: transit/tor-alone
  it.each(Object.entries(EFFECTS))("%s", (_name, shows) => shows(make));
});
