/** Two dilations in one process: machines in memory, and a mailbox that delivers control messages at once. */
import type { JsonObject } from "../../src/base/json.ts";
import type { Dilated, DilateOptions } from "../../src/dilation/api.ts";
import { Dilation } from "../../src/dilation/dilation.ts";
import type { Signalling } from "../../src/dilation/signalling.ts";
import type { StreamNetwork } from "../../src/net/connection.ts";
import { platform as own } from "../../src/platform/node.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";
import { clock } from "./clock.ts";

export const KEY = new Uint8Array(32).fill(7);

export interface End {
  readonly dilation: Dilation;
  /** Control messages that this end has sent. */
  readonly sent: JsonObject[];
  /** Number of times that it has asked for a new link to the mailbox server. */
  moves: number;
}

export interface Pair {
  readonly network: MemoryNetwork;
  readonly leader: End;
  readonly follower: End;
}

/** A platform whose first random bytes, the side, are all `digit`: this decides which side leads. */
function sided(digit: number, platform: Platform): Platform {
  let first = true;
  return {
    ...platform,
    random(length) {
      if (!first) return platform.random(length);
      first = false;
      return new Uint8Array(length).fill(digit);
    },
  };
}

export interface PairOptions {
  readonly leader?: DilateOptions;
  readonly follower?: DilateOptions;
  readonly network?: MemoryNetwork;
  readonly machines?: { readonly leader: StreamNetwork; readonly follower: StreamNetwork };
  readonly platform?: Partial<Platform>;
  /** Changes control messages, or removes them by returning undefined. */
  readonly censor?: (message: JsonObject) => JsonObject | undefined;
}

/** Makes two dilations that have been started and have not exchanged anything. */
export function pair(options: PairOptions = {}): Pair {
  const network = options.network ?? new MemoryNetwork();
  const platform: Platform = { ...own, clock, ...options.platform };
  const machines = options.machines ?? { leader: network.machine("10.0.0.1"), follower: network.machine("10.0.0.2") };
  const censor = options.censor ?? ((message) => message);
  const ends: { leader?: End; follower?: End } = {};
  const end = (name: "leader" | "follower", other: "leader" | "follower", digit: number): End => {
    const sent: JsonObject[] = [];
    const mailbox: Signalling = {
      send(message) {
        sent.push(message);
        const passed = censor(message);
        if (passed) queueMicrotask(() => ends[other]?.dilation.received(structuredClone(passed)));
      },
      hurry() {},
      moved() {
        made.moves++;
      },
    };
    const dilation = new Dilation(mailbox, {
      ...options[name],
      platform: sided(digit, { ...platform, network: machines[name] }),
    });
    const made: End = { dilation, sent, moves: 0 };
    return made;
  };
  const leader = end("leader", "follower", 0xff);
  const follower = end("follower", "leader", 0x00);
  Object.assign(ends, { leader, follower });
  leader.dilation.start(KEY);
  follower.dilation.start(KEY);
  return { network, leader, follower };
}

/** Makes two dilations, and waits until they are connected. */
export async function dilatedPair(
  options: PairOptions = {},
): Promise<Pair & { readonly a: Dilated; readonly b: Dilated }> {
  const made = pair(options);
  const [a, b] = await Promise.all([made.leader.dilation.dilated, made.follower.dilation.dilated]);
  return { ...made, a, b };
}

/** Ends both sides politely. */
export async function leave({ leader, follower }: Pair): Promise<void> {
  await leader.dilation.leave();
  await follower.dilation.leave();
}

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function text(chunk: Uint8Array | undefined): string | undefined {
  return chunk && new TextDecoder().decode(chunk);
}

/** Reads a stream to its end. Returns all chunks as text. */
export async function chunks(readable: ReadableStream<Uint8Array>): Promise<string[]> {
  const all: string[] = [];
  for await (const chunk of readable) all.push(new TextDecoder().decode(chunk));
  return all;
}
