/** The bytes of one direction of a simulated connection that the network has not taken yet. */
import type { Chance } from "../chance.ts";
import { CRUMBS, type Fate } from "./fate.ts";
import type { Line } from "./line.ts";

/** The most bytes that a system's network stack takes at a time. */
const MAX_PIECE = 64 * 1024;

interface Drain {
  /** Bytes that the network must have taken. */
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * The writer's half of one direction. Bytes are copied only when the network takes them, so that wrong bytes arrive if a
 * program changes written memory too early.
 */
export class Wire {
  readonly #line: Line;
  readonly #direction: 0 | 1;
  readonly #fate: Fate;
  readonly #chance: Chance;
  #queue: Uint8Array[] = [];
  /** Bytes that were written, that the network has taken, and that are on their way. */
  #written = 0;
  #sent = 0;
  #underWay = 0;
  #flushing = false;
  #drains: Drain[] = [];
  #closing: (() => void) | null = null;
  #failure: Error | null = null;

  constructor(line: Line, direction: 0 | 1, fate: Fate, chance: Chance) {
    this.#line = line;
    this.#direction = direction;
    this.#fate = fate;
    this.#chance = chance;
  }

  /** Bytes that wait for the network. */
  get unsent(): number {
    return this.#written - this.#sent;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#written += bytes.length;
    this.#flushSoon();
  }

  /** Resolves when the network has taken everything written so far. */
  drained(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.unsent === 0) return Promise.resolve();
    const bytes = this.#written;
    return new Promise((resolve, reject) => this.#drains.push({ bytes, resolve, reject }));
  }

  /** Calls `then` when the network has taken everything. */
  close(then: () => void): void {
    this.#closing = then;
    this.#flushSoon();
  }

  /** Stops sending: bytes that wait are dropped. */
  stop(error: Error): void {
    this.#failure ??= error;
    this.#queue = [];
    this.#written = this.#sent;
    for (const { reject } of this.#drains.splice(0)) reject(this.#failure);
    this.#closing?.();
    this.#closing = null;
  }

  /** The far end has taken bytes. */
  taken(bytes: number): void {
    this.#underWay -= bytes;
    if (this.#queue.length > 0) this.#flushSoon(this.#fate.latency);
  }

  #flushSoon(after = 0): void {
    if (this.#flushing) return;
    this.#flushing = true;
    this.#line.soon(after, this.#direction, () => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#queue.length > 0 && this.#underWay < this.#fate.window) this.#handOver();
    while (this.#drains[0] !== undefined && this.#drains[0].bytes <= this.#sent) this.#drains.shift()?.resolve();
    if (this.#queue.length > 0 || this.#closing === null) return;
    this.#closing();
    this.#closing = null;
  }

  /** Sends the next piece. It ends where an accident happens. */
  #handOver(): void {
    const first = this.#queue[0] as Uint8Array;
    const accident = this.#fate.accidents.find(
      ({ direction, at }) => direction === this.#direction && at === this.#sent,
    );
    const next = this.#fate.accidents.find(({ direction, at }) => direction === this.#direction && at > this.#sent);
    const room = Math.min(first.length, this.#fate.window - this.#underWay, (next?.at ?? Infinity) - this.#sent);
    const piece = first.slice(0, this.#length(room));
    if (piece.length < first.length) this.#queue[0] = first.subarray(piece.length);
    else this.#queue.shift();
    this.#sent += piece.length;
    this.#underWay += piece.length;
    if (accident) this.#line.happen(accident, piece);
    this.#line.carry(this.#direction, piece);
  }

  #length(room: number): number {
    const { pieces } = this.#fate;
    if (pieces === "any") return 1 + this.#chance.number(Math.min(room, MAX_PIECE));
    return pieces === "crumbs" && this.#sent < CRUMBS ? 1 : Math.min(room, MAX_PIECE);
  }
}
