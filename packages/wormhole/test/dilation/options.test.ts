/** Every option of `dilate()` reaches the part that uses it, and has its effect. */
import { expect, it, onTestFinished } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import type { Dilated, DilateOptions, DilationStatus } from "../../src/dilation/api.ts";
import { Dilator } from "../../src/dilation/dilator.ts";
import { WormholeClosedError } from "../../src/errors.ts";
import { platform } from "../../src/platform/node.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";
import { clock, pass, soon } from "./clock.ts";
import { mutable } from "./muting.ts";
import { KEY } from "./pair.ts";

interface Side {
  readonly dilator: Dilator;
  /** Control messages that were sent. */
  readonly sent: JsonObject[];
  /** Silences the present connections. */
  readonly mute: () => void;
  isGone: boolean;
}

/** Two sides that can dilate, and reach each other. */
function sides(): [Side, Side] {
  const network = new MemoryNetwork();
  const made: Side[] = [];
  const side = (n: number): Side => {
    const { machine, mute } = mutable(network.machine(`10.0.0.${n + 1}`));
    const sent: JsonObject[] = [];
    const signalling = {
      send(message: JsonObject) {
        sent.push(message);
        const bytes = new TextEncoder().encode(JSON.stringify(message));
        if (!made[n]?.isGone) queueMicrotask(() => made[1 - n]?.dilator.received(bytes));
      },
      hurry() {},
      moved() {},
    };
    const dilator = new Dilator(true, { ...platform, clock, network: machine }, signalling);
    onTestFinished(() => dilator.stop(new WormholeClosedError()));
    return { dilator, sent, mute, isGone: false };
  };
  const [a, b] = [side(0), side(1)];
  made.push(a, b);
  for (const { dilator } of made) dilator.peerCan(["ged"], () => KEY);
  return [a, b];
}

/** Dilates two sides, the first with options. */
async function dilated(options: DilateOptions) {
  const [a, b] = sides();
  const states: DilationStatus[] = [];
  const [near, far] = await Promise.all([
    a.dilator.dilate({ onStatus: (status) => states.push(status), ...options }),
    b.dilator.dilate({}),
  ]);
  /** The second side disappears without a goodbye. */
  const vanish = () => {
    b.isGone = true;
    b.dilator.stop(new WormholeClosedError());
  };
  return { a, b, near, far, states, vanish };
}

/** Hints that a side has sent. */
function hintsOf({ sent }: Side): unknown[] {
  return sent.flatMap(({ type, hints }) => (type === "connection-hints" && Array.isArray(hints) ? hints : []));
}

async function refusal(from: Dilated, name: string): Promise<boolean> {
  const { readable } = await from.connector(name).connect();
  return soon(readable.getReader().closed, 500);
}

/** One test for each option. The type requires a test for every option, and allows no other. */
const effects: Readonly<Record<keyof DilateOptions, () => Promise<void>>> = {
  async relays() {
    const { a } = await dilated({ relays: ["tcp:10.0.0.9:4001"] });
    expect(JSON.stringify(hintsOf(a))).toContain('"hostname":"10.0.0.9"');
  },
  async listen() {
    const { a, b } = await dilated({ listen: false });
    expect(hintsOf(a)).toEqual([]);
    expect(hintsOf(b)).not.toEqual([]);
  },
  async expectedSubprotocols() {
    const { far } = await dilated({ expectedSubprotocols: ["fowl"] });
    expect(await refusal(far, "fowl")).toBe(false);
    expect(await refusal(far, "other")).toBe(true);
  },
  async pingInterval() {
    const { a, states } = await dilated({ pingInterval: 3 });
    a.mute();
    await pass(3_500);
    expect(states.some(({ peerConnection }) => peerConnection.state === "reconnecting")).toBe(true);
  },
  async patience() {
    const { near, vanish } = await dilated({ patience: 5 });
    const { closed } = await near.client.connect();
    vanish();
    expect(await soon(Promise.allSettled([closed]), 4_900)).toBe(false);
    expect(await soon(Promise.allSettled([closed]), 1_000)).toBe(true);
    await expect(closed).rejects.toMatchObject({ code: "peer-gone" });
  },
  async onStatus() {
    const seen: DilationStatus[] = [];
    await dilated({ onStatus: (status) => seen.push(status) });
    expect(seen.map(({ peerConnection }) => peerConnection.state)).toContain("connected");
  },
  async signal() {
    const [a] = sides();
    const enough = new AbortController();
    const dilating = a.dilator.dilate({ signal: enough.signal });
    expect(await soon(Promise.allSettled([dilating]), 1_000)).toBe(false);
    enough.abort(new Error("enough"));
    await expect(dilating).rejects.toThrow("enough");
  },
};

it.each(Object.keys(effects) as (keyof DilateOptions)[])("the option `%s` arrives", (option) => effects[option]());
