/** A simulated connection: its two ends, and its accidents on the way. */
import type { Chance } from "../chance.ts";
import { End, type EndOptions } from "./end.ts";
import type { Accident, Fate } from "./fate.ts";
import type { Tally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";
import { Wire } from "./wire.ts";

/** The longest stall. It can exceed the interval of the keep-alive. */
const MAX_STALL_MS = 40_000;
/** Bytes of each direction of every handshake; a relay adds some. */
export const HANDSHAKE = 118;

export interface LineOptions {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly fate: Fate;
  readonly log: (line: string) => void;
  readonly tally: Tally;
}

/** One connection: two ends, and the network between them. */
export class Line {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly fate: Fate;
  readonly name: string;
  readonly ends: readonly [End, End];
  readonly #log: (line: string) => void;
  readonly #tally: Tally;
  /** Whether each direction is dead without notice. */
  readonly #dead: [boolean, boolean] = [false, false];
  /** Earliest time at which further bytes of a direction arrive. */
  readonly #arrival: [number, number] = [0, 0];

  constructor({ time, chance, fate, log, tally }: LineOptions, dialler: EndOptions, accepter: EndOptions) {
    this.time = time;
    this.chance = chance;
    this.fate = fate;
    this.#log = log;
    this.#tally = tally;
    this.name = `${dialler.place.name}->${dialler.description}`;
    this.ends = [
      new End(this, 0, new Wire(this, 0, fate, chance), dialler),
      new End(this, 1, new Wire(this, 1, fate, chance), accepter),
    ];
  }

  /** Runs a callback for one of the ends. */
  soon(after: number, direction: 0 | 1, run: () => void): void {
    this.time.after(after, run, this.ends[direction].place);
  }

  /** Kills the connection: nothing arrives any more, and neither end is notified. */
  silence(): void {
    this.#dead.fill(true);
  }

  /** Fails the connection at both ends. */
  reset(): void {
    for (const end of this.ends) this.soon(this.fate.latency, end.side, () => end.fail());
  }

  /** Brings bytes to the far end. */
  carry(direction: 0 | 1, piece: Uint8Array): void {
    this.#arrive(direction, () => this.ends[other(direction)].arrive(piece));
  }

  /** Brings the close of one end to the other. */
  close(direction: 0 | 1, abrupt: boolean): void {
    const end = this.ends[other(direction)];
    if (abrupt) this.#arrive(direction, () => end.fail());
    else this.#arrive(direction, () => end.finish());
  }

  /** The far end of `direction` has taken bytes. The writer is notified, unless the way back is dead. */
  took(direction: 0 | 1, bytes: number): void {
    if (!this.#dead[other(direction)]) this.ends[direction].wire.taken(bytes);
  }

  happen({ direction, what, at }: Accident, piece: Uint8Array): void {
    this.#log(`${this.name}: ${what} at byte ${at} of direction ${direction}`);
    this.#tally.note(`accident ${what}`);
    if (at < HANDSHAKE && what !== "stall") this.#tally.note(`cut at ${direction} ${at}`);
    switch (what) {
      case "flip":
        piece[0] = (piece[0] ?? 0) ^ (1 << this.chance.number(8));
        break;
      case "stall":
        this.#arrival[direction] = this.time.now + this.chance.number(MAX_STALL_MS);
        break;
      case "mute":
        this.#dead[direction] = true;
        break;
      case "silence":
        this.silence();
        break;
      case "reset":
        this.#arrive(direction, () => this.ends[other(direction)].fail());
        this.soon(this.fate.latency, direction, () => this.ends[direction].fail());
        this.silence();
        break;
      case "end":
        this.#arrive(direction, () => this.ends[other(direction)].finish());
        this.#arrive(other(direction), () => this.ends[direction].finish());
        this.silence();
        break;
    }
  }

  /** Delivers in order, as streams do. */
  #arrive(direction: 0 | 1, run: () => void): void {
    if (this.#dead[direction]) return;
    const { latency, jitter } = this.fate;
    const soonest = this.time.now + latency + this.chance.number(jitter + 1);
    this.#arrival[direction] = Math.max(this.#arrival[direction], soonest);
    this.soon(this.#arrival[direction] - this.time.now, other(direction), run);
  }
}

function other(direction: 0 | 1): 0 | 1 {
  return direction === 0 ? 1 : 0;
}
