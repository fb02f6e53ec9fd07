/** The plan of what each application does with its subchannels, drawn before the world begins. */
import { MAX_WRITE_BYTES } from "../../../packages/wormhole/src/dilation/limits.ts";
import type { Chance } from "../chance.ts";
import { LONGEST } from "./flow.ts";

/** The two sides of a world. */
export type Side = 0 | 1;

/** The behaviour of one side on a subchannel. */
export interface Part {
  /** The lengths of its writes, and the milliseconds before each. */
  readonly writes: readonly number[];
  readonly gap: number;
  /** Whether it waits until each write has resolved before the next. */
  readonly patient: boolean;
  /**
   * How it ends: by closing or aborting `writable`, by closing the subchannel after or during the writing, or not at all.
   */
  readonly ending: "writable" | "abort" | "close" | "early close" | "open";
  /** Milliseconds before it begins to read, and between reads. */
  readonly late: number;
  readonly pace: number;
  /** The number of chunks after which the reader cancels. */
  readonly enough: number;
}

export interface Talk {
  readonly name: string;
  /** The side that opens it; the control channel is opened by both. */
  readonly opener: Side | "both";
  /** Milliseconds after dilation. */
  readonly opens: number;
  readonly parts: readonly [Part, Part];
}

/** The endpoints and subprotocols that are used. The other side does not expect the last one. */
export const CONTROL = "control";
export const CLIENT = "client";
export const NAMES = [CLIENT, "fowl", "transfer"];
export const UNWANTED = "unwanted";

export interface Habits {
  /** Milliseconds within which talks begin. */
  readonly span: number;
  readonly slow: boolean;
  readonly bulky: boolean;
  /** Whether every stream is ended and no reader cancels. */
  readonly tidy: boolean;
}

/** Draws everything that the two applications send each other. */
export function drawTalks(chance: Chance, habits: Habits): Talk[] {
  const talks: Talk[] = [];
  for (let n = chance.number(5); n >= 0; n--) {
    const opener: Side = chance.once(2) ? 0 : 1;
    talks.push(drawTalk(chance.once(12) ? UNWANTED : chance.pick(NAMES), opener, chance, habits));
  }
  if (chance.once(2)) talks.push(drawTalk(CONTROL, "both", chance, habits));
  return talks;
}

function drawTalk(name: string, opener: Side | "both", chance: Chance, habits: Habits): Talk {
  const opens = chance.once(2) ? 0 : chance.number(habits.span);
  return { name, opener, opens, parts: [drawPart(chance, habits), drawPart(chance, habits)] };
}

function drawPart(chance: Chance, { span, slow, bulky, tidy }: Habits): Part {
  const writes = Array.from({ length: chance.number(bulky ? 24 : 7) }, () => drawLength(chance, bulky));
  const untidy: Part["ending"][] = ["open", "abort", "close", "early close"];
  return {
    writes,
    gap: chance.pick([0, 0, 100, span / (writes.length + 1)]),
    patient: chance.once(2),
    ending: tidy || chance.once(2) ? "writable" : chance.pick(untidy),
    late: chance.once(3) ? chance.number(span) : 0,
    pace: slow && chance.once(2) ? chance.number(8_000) : 0,
    enough: !tidy && chance.once(12) ? 1 + chance.number(3) : Number.POSITIVE_INFINITY,
  };
}

function drawLength(chance: Chance, bulky: boolean): number {
  if (chance.once(bulky ? 2 : 40)) return chance.number(chance.once(8) ? LONGEST : MAX_WRITE_BYTES);
  if (chance.once(12)) return 0;
  return chance.number(chance.pick([5, 60, 3_000]));
}
