/** One direction of a subchannel, checked from both ends: the written data must arrive once and in order. */
import { MAX_WRITE_BYTES } from "../../../packages/wormhole/src/dilation/limits.ts";
import { Chance } from "../chance.ts";
import type { Tally } from "./tally.ts";

/** The longest chunk that is written. */
export const LONGEST = 2.5 * MAX_WRITE_BYTES;

/** The longest chunk to a program that does not accept parts: with its header, it fills one Noise message. */
const LONGEST_WHOLE = 65_510;

/** All chunks are cut out of this, each at its own offset. */
const pool = Buffer.from(new Chance(1).bytes(2 * LONGEST));

export interface FlowOptions {
  /** Whether the writer will end it. */
  readonly hasEnd: boolean;
  /** Whether the wormhole may have ended earlier. */
  readonly mayBeCut: () => boolean;
  /** Whether the other side accepts chunks in parts. If not, a long chunk comes as several. */
  readonly inParts: boolean;
  readonly complain: (fault: string) => void;
  /** Called once: when everything has arrived, including the end if there is one. */
  readonly settled: () => void;
  readonly tally: Tally;
}

export class Flow {
  readonly name: string;
  readonly hasEnd: boolean;
  /** Whether the writer has asked for the end, and whether the end was confirmed to it. */
  #closed = false;
  #confirmed = false;
  readonly #tally: Tally;
  readonly #mayBeCut: () => boolean;
  readonly #longest: number;
  /** Whether the writer has aborted: some of the last chunks may be missing. */
  cutOff = false;
  /** Whether the reader has cancelled. */
  ignored = false;
  /** Number of chunks that have come, and whether the end has. */
  got = 0;
  ended = false;
  /** Bytes whose write has resolved, and bytes that have arrived. */
  accepted = 0;
  taken = 0;
  /** Whether nothing more will be written. */
  #written = false;
  /** The chunks that must arrive, in order. */
  readonly #expected: { readonly start: number; readonly length: number }[] = [];
  readonly #complain: (fault: string) => void;
  readonly #settled: () => void;
  #over = false;

  constructor(name: string, { hasEnd, mayBeCut, inParts, complain, settled, tally }: FlowOptions) {
    this.#tally = tally;
    this.name = name;
    this.hasEnd = hasEnd;
    this.#mayBeCut = mayBeCut;
    this.#longest = inParts ? MAX_WRITE_BYTES : LONGEST_WHOLE;
    this.#complain = complain;
    this.#settled = settled;
  }

  get isSettled(): boolean {
    return this.#over;
  }

  /** Bytes that left one application and have not reached the other one. */
  get between(): number {
    return this.ignored ? 0 : Math.max(0, this.accepted - this.taken);
  }

  get story(): string {
    const end = this.ended ? ", end" : this.#closed ? ", no end" : "";
    return `${this.name}: ${this.got} of ${this.#expected.length}${this.#written ? "" : "+"} chunks${end}`;
  }

  /** Returns a chunk to write, in memory of its own. */
  chunk(length: number, chance: Chance): Uint8Array<ArrayBuffer> {
    const start = chance.number(LONGEST);
    let from = start;
    do {
      const end = Math.min(from + MAX_WRITE_BYTES, start + length);
      do {
        const piece = Math.min(this.#longest, end - from);
        this.#expected.push({ start: from, length: piece });
        from += piece;
      } while (from < end);
    } while (from < start + length);
    return new Uint8Array(pool.subarray(start, start + length));
  }

  /** The writer asks for the end. */
  close(): void {
    this.#closed = true;
  }

  /** The writer has received the confirmation that the other side has everything. */
  confirm(): void {
    this.#confirmed = true;
  }

  /** Whether the reader must still get data, even if the writer's side is gone. */
  get isOwed(): boolean {
    return this.#confirmed && !this.ignored && !this.#over;
  }

  /** The writer is done. */
  finish(): void {
    this.#written = true;
    this.#check();
  }

  /** A chunk has come. */
  take(chunk: Uint8Array): void {
    this.#tally.note("chunk");
    const expected = this.#expected[this.got++];
    if (this.ended) this.#complain(`${this.name}: a chunk came after the end`);
    if (expected === undefined) this.#complain(`${this.name}: a chunk came that was never written`);
    else if (!isSame(chunk, expected)) this.#complain(`${this.name}: chunk ${this.got - 1} has other bytes`);
    this.taken += chunk.length;
    this.#check();
  }

  /** The end has come. */
  end(): void {
    this.ended = true;
    if (!this.ignored && !this.#mayBeCut()) this.#checkEnd();
    this.#check();
  }

  #checkEnd(): void {
    if (!this.#closed) this.#complain(`${this.name}: it ended although its writer had not ended it`);
    if (this.got < this.#expected.length && !this.cutOff) this.#complain(`${this.story}: the end came too early`);
  }

  /** The reader has cancelled. */
  ignore(): void {
    this.ignored = true;
    this.#check();
  }

  #check(): void {
    const complete = this.#closed ? this.ended : this.got === this.#expected.length;
    if (this.#over || !this.#written || !(complete || this.ignored)) return;
    this.#over = true;
    this.#settled();
  }
}

function isSame(chunk: Uint8Array, { start, length }: { readonly start: number; readonly length: number }): boolean {
  return chunk.length === length && pool.compare(chunk, 0, length, start, start + length) === 0;
}
