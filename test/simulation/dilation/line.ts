import type { Connection, Receiver } from "../../../packages/wormhole/src/net/connection.ts";
import type { Chance } from "../chance.ts";
import type { Accident, Fate } from "./fate.ts";
import type { Tally } from "./tally.ts";
import type { Sleeper, Timeline } from "./timeline.ts";
import { Wire } from "./wire.ts";

/** Whose end of a connection it is. */
export interface Place extends Sleeper {
  readonly name: string;
  /** Its ends that are open. */
  readonly ends: Set<End>;
  /** The most bytes that were ever written to one of them, and not handed over. */
  mostUnsent: number;
}

/** What an end is made for: the place, the far end for people, and the address it began with. */
export interface EndOptions {
  readonly place: Place;
  readonly description: string;
  readonly localAddress: string | undefined;
  /** What was sent can still go when the far end has closed: relays want that. */
  readonly allowHalfOpen: boolean;
}

/** How long the end of a connection waits for what is queued, milliseconds. */
const FLUSH_DEADLINE = 60_000;
/** A stall: longer than the follower's patience at times. */
const STALL = 40_000;
/** The longest chunk that a receiver gets. */
export const CHUNK = 64 * 1024;

/** Bytes of a direction that every handshake has, one through a relay more. */
export const HANDSHAKE = 118;

/** Where chunks lie while a receiver looks at them; behind something else, and overwritten afterwards. */
const scratch = new Uint8Array(CHUNK + 64);

export interface LineOptions {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly fate: Fate;
  readonly log: (line: string) => void;
  readonly tally: Tally;
}

/** One connection: two ends, and what lies between them. */
export class Line {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly fate: Fate;
  readonly name: string;
  readonly ends: readonly [End, End];
  readonly #log: (line: string) => void;
  readonly #tally: Tally;
  /** Whether each direction is dead, though nobody knows. */
  readonly #dead: [boolean, boolean] = [false, false];
  /** Nothing that was sent in a direction arrives before. */
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

  /** Runs something for one of the ends. */
  soon(after: number, direction: 0 | 1, run: () => void): void {
    this.time.after(after, run, this.ends[direction].place);
  }

  /** Nothing arrives any more, and nobody is told. */
  silence(): void {
    this.#dead.fill(true);
  }

  /** Both ends are told that it has failed. */
  reset(): void {
    for (const end of this.ends) this.soon(this.fate.latency, end.side, () => end.fail());
  }

  /** Brings bytes to the far end. */
  carry(direction: 0 | 1, piece: Uint8Array): void {
    this.#arrive(direction, () => this.ends[other(direction)].arrive(piece));
  }

  /** Brings the news that one end has closed. */
  close(direction: 0 | 1, abrupt: boolean): void {
    const end = this.ends[other(direction)];
    if (abrupt) this.#arrive(direction, () => end.fail());
    else this.#arrive(direction, () => end.finish());
  }

  /** The far end of `direction` has taken bytes, and says so, if it still can. */
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
        this.#arrival[direction] = this.time.now + this.chance.number(STALL);
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

  /** In order, as it is with streams. */
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

/** One end, as whoever dialled or accepted has it. It behaves as Node's sockets do, whatever is kind in them left out. */
export class End implements Connection {
  readonly description: string;
  readonly localAddress: string | undefined;
  readonly place: Place;
  readonly side: 0 | 1;
  readonly line: Line;
  readonly wire: Wire;
  readonly #allowHalfOpen: boolean;
  #receiver: Receiver | null = null;
  #paused = false;
  /** A chunk that was on its way still comes after the pause. */
  #late = false;
  #arrived: Uint8Array[] = [];
  #delivering = false;
  /** Nothing more will arrive. */
  #over: { readonly error?: Error } | null = null;
  #told = false;
  /** Closed by its owner. */
  #closed = false;

  constructor(line: Line, side: 0 | 1, wire: Wire, options: EndOptions) {
    this.line = line;
    this.side = side;
    this.wire = wire;
    this.place = options.place;
    this.description = options.description;
    this.localAddress = options.localAddress;
    this.#allowHalfOpen = options.allowHalfOpen;
    this.place.ends.add(this);
  }

  /** Bytes that were written and not handed over. */
  get unsent(): number {
    return this.wire.unsent;
  }

  /** Bytes that have arrived and were not taken. */
  get unread(): number {
    return this.#arrived.reduce((sum, { length }) => sum + length, 0);
  }

  receive(receiver: Receiver): void {
    if (!this.#closed) this.#receiver = receiver;
    this.#deliverSoon();
  }

  pause(): void {
    this.#paused = true;
    this.#late = this.line.chance.once(4);
  }

  resume(): void {
    this.#paused = false;
    this.#deliverSoon();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#over) return false;
    this.wire.write(bytes);
    this.place.mostUnsent = Math.max(this.place.mostUnsent, this.wire.unsent);
    return this.wire.unsent < this.line.fate.window;
  }

  drained(): Promise<void> {
    if (this.#closed || this.#told || this.#over?.error)
      return Promise.reject(this.#over?.error ?? new Error("the connection is closed"));
    return this.wire.drained();
  }

  end(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#leave();
    return new Promise((resolve) => {
      const done = () => {
        this.line.close(this.side, false);
        resolve();
      };
      this.wire.close(done);
      this.line.soon(FLUSH_DEADLINE, this.side, () => this.wire.stop(new Error("nothing was taken for a minute")));
    });
  }

  destroy(): void {
    this.wire.stop(new Error("closed here"));
    if (this.#closed) return;
    const receiver = this.#receiver;
    this.#leave();
    this.line.close(this.side, this.line.chance.once(2));
    if (receiver && !this.#told) this.line.soon(0, this.side, () => receiver.ended());
    this.#told = true;
  }

  arrive(piece: Uint8Array): void {
    if (this.#over) return;
    if (this.#closed) {
      this.line.took(this.side === 0 ? 1 : 0, piece.length);
      return;
    }
    this.#arrived.push(piece);
    if (this.#delivering) return;
    this.#deliver(this.#late);
    this.#late = false;
  }

  /** The far end has closed. */
  finish(): void {
    this.#over ??= {};
    if (!this.#delivering) this.#deliver(false);
  }

  /** The connection has failed: what was not taken is lost. */
  fail(): void {
    if (this.#over?.error) return;
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#over = { error };
    this.#arrived = [];
    this.wire.stop(error);
    if (!this.#delivering) this.#deliver(false);
  }

  #leave(): void {
    this.#closed = true;
    this.#receiver = null;
    this.#arrived = [];
    this.place.ends.delete(this);
  }

  #deliverSoon(): void {
    if (this.#delivering || (this.#arrived.length === 0 && !this.#over)) return;
    this.#delivering = true;
    this.line.soon(0, this.side, () => {
      this.#delivering = false;
      this.#deliver(false);
    });
  }

  #deliver(evenIfPaused: boolean): void {
    const receiver = this.#receiver;
    if (!receiver || (this.#paused && !evenIfPaused && !this.#over?.error)) return;
    if (this.#arrived.length > 0) this.#give(receiver);
    else if (this.#over && !this.#told) this.#tell(receiver, this.#over);
    if (!this.#paused) this.#deliverSoonIfMore();
  }

  #deliverSoonIfMore(): void {
    if (this.#arrived.length > 0 || (this.#over && !this.#told)) this.#deliverSoon();
  }

  /** One chunk: everything that has arrived, or some of it. The view is valid during the call, and garbage afterwards. */
  #give(receiver: Receiver): void {
    const offset = this.line.chance.number(64);
    const pieces = this.line.chance.once(3) ? 1 : this.#arrived.length;
    let end = offset;
    for (let i = 0; i < pieces; i++) {
      const piece = this.#arrived[0];
      if (piece === undefined || end + piece.length > offset + CHUNK) break;
      scratch.set(piece, end);
      end += piece.length;
      this.#arrived.shift();
    }
    receiver.chunk(scratch.subarray(offset, end));
    scratch.fill(0xdb, offset, end);
    this.line.took(this.side === 0 ? 1 : 0, end - offset);
  }

  #tell(receiver: Receiver, { error }: { readonly error?: Error }): void {
    this.#told = true;
    this.place.ends.delete(this);
    if (!this.#allowHalfOpen && !error) {
      this.wire.close(() => {
        if (!this.#closed) this.line.close(this.side, false);
      });
    }
    receiver.ended(error);
  }
}
