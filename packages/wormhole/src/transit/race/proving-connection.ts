/**
 * The connection of a receiver before the first record has arrived.
 *
 * A stranger with access to both sides can repeat the handshake of each to the other, and say `go` to the receiver. Only a
 * record that opens proves that a connection leads to the sender. Until then, this connection stands for every candidate that
 * was chosen: it writes to all of them, and reads from the first one that proves itself.
 */
import type { Connection, Receiver } from "../../net/connection.ts";
import { LENGTH_BYTES } from "../pipe/record-cutter.ts";

/** Bytes that are written before the proof and kept for further candidates. With more, the present candidate is final. */
const MAX_KEPT_BYTES = 256 * 1024;

/** How the first record is recognised. */
export interface FirstRecord {
  /** Reads the length of the sealed record at a position. It throws if no record has that length. */
  readLength(bytes: Uint8Array, at: number): number;
  /** Whether a sealed record, given without its length, is the first one that the sender has sealed. */
  opens(sealed: Uint8Array): boolean;
}

/** What the race learns of a chosen candidate. */
export interface ProvingEvents {
  /** Its first record has opened, or there is no use in waiting for that. */
  proved(id: number): void;
  /** It has closed before its first record, or that record does not open. */
  doubted(id: number): void;
  /** This side has dropped the connection. */
  dropped(): void;
}

/** The first room for the bytes of a candidate. It doubles as bytes arrive. */
const FIRST_ROOM_BYTES = 4096;

/** One chosen candidate, with the bytes that it has brought: the first `length` of `room`. */
interface Chosen {
  readonly id: number;
  readonly connection: Connection;
  readonly description: string;
  room: Uint8Array;
  length: number;
  end: { readonly error?: Error | undefined } | null;
  isDoubted: boolean;
}

export class ProvingConnection implements Connection {
  readonly #firstRecord: FirstRecord;
  readonly #events: ProvingEvents;
  #chosen: Chosen[] = [];
  #final: Chosen | null = null;
  #receiver: Receiver | null = null;
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  #paused = false;
  #destroyed = false;
  /** Whether the receiver has everything that came before the sender was proved. */
  #isHandedOver = false;

  constructor(firstRecord: FirstRecord, events: ProvingEvents) {
    this.#firstRecord = firstRecord;
    this.#events = events;
  }

  /** Adds a candidate that the far end has chosen. `rest` are the bytes that came after its handshake. */
  add(id: number, connection: Connection, description: string, rest: Uint8Array): void {
    const chosen: Chosen = {
      id,
      connection,
      description,
      room: new Uint8Array(FIRST_ROOM_BYTES),
      length: 0,
      end: null,
      isDoubted: false,
    };
    this.#chosen.push(chosen);
    for (const bytes of this.#kept) connection.write(bytes);
    connection.receive({
      chunk: (bytes) => this.#arrived(chosen, bytes),
      ended: (error) => {
        chosen.end = { error };
        this.#doubt(chosen);
      },
    });
    if (rest.length > 0) this.#arrived(chosen, rest);
  }

  /** Uses one candidate from now on. The others are dropped. */
  settle(id: number): void {
    const final = this.#chosen.find((chosen) => chosen.id === id);
    if (this.#final !== null || final === undefined || this.#destroyed) return;
    this.#final = final;
    this.#kept = [];
    for (const { id: other } of this.#chosen) if (other !== id) this.drop(other);
    if (this.#paused) final.connection.pause();
    if (this.#receiver !== null) this.#handOverSoon(final);
  }

  /** Drops one candidate. */
  drop(id: number): void {
    const dropped = this.#chosen.find((chosen) => chosen.id === id);
    this.#chosen = this.#chosen.filter((chosen) => chosen !== dropped);
    dropped?.connection.destroy();
  }

  get description(): string {
    return this.#present?.description ?? "";
  }

  receive(receiver: Receiver): void {
    const isFirst = this.#receiver === null;
    this.#receiver = receiver;
    if (this.#isHandedOver) this.#final?.connection.receive(receiver);
    else if (isFirst && this.#final !== null) this.#handOverSoon(this.#final);
  }

  pause(): void {
    this.#paused = true;
    this.#final?.connection.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#final?.connection.resume();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#final === null && this.#keptBytes + bytes.length > MAX_KEPT_BYTES) this.#settleNow();
    if (this.#final !== null) return this.#final.connection.write(bytes);
    const copy = bytes.slice();
    this.#kept.push(copy);
    this.#keptBytes += copy.length;
    for (const { connection } of this.#chosen) connection.write(copy);
    return true;
  }

  /** Before the proof, everything written is kept here, so the memory belongs to the caller again. */
  async drained(): Promise<void> {
    await this.#final?.connection.drained();
  }

  async end(): Promise<void> {
    this.#settleNow();
    await this.#final?.connection.end();
  }

  destroy(): void {
    this.#destroyed = true;
    for (const { connection } of this.#chosen) connection.destroy();
    if (this.#final === null) this.#events.dropped();
  }

  /** The candidate that is used if none proves itself. */
  get #present(): Chosen | undefined {
    return this.#final ?? this.#chosen.find(({ isDoubted }) => !isDoubted) ?? this.#chosen[0];
  }

  #settleNow(): void {
    const { id } = this.#present ?? {};
    if (this.#final === null && id !== undefined) this.#events.proved(id);
  }

  #arrived(chosen: Chosen, bytes: Uint8Array): void {
    append(chosen, bytes);
    const all = chosen.room.subarray(0, chosen.length);
    if (chosen === this.#final || chosen.isDoubted || all.length < LENGTH_BYTES) return;
    try {
      const end = LENGTH_BYTES + this.#firstRecord.readLength(all, 0);
      if (all.length < end) return;
      if (this.#firstRecord.opens(all.subarray(LENGTH_BYTES, end))) return this.#events.proved(chosen.id);
    } catch {
      // No record has this length.
    }
    chosen.connection.pause();
    this.#doubt(chosen);
  }

  #doubt(chosen: Chosen): void {
    if (chosen.isDoubted || chosen === this.#final) return;
    chosen.isDoubted = true;
    this.#events.doubted(chosen.id);
  }

  /** A receiver is never called from within a call of the connection's own methods. */
  #handOverSoon(final: Chosen): void {
    queueMicrotask(() => this.#handOver(final));
  }

  /**
   * Gives the receiver what has come so far. Until all of it is given, further bytes are collected: the runtime may bring some
   * before this call, or during it. Everything else comes to the receiver directly.
   */
  #handOver(final: Chosen): void {
    const receiver = this.#receiver;
    if (receiver === null || this.#destroyed) return;
    for (let given = 0; given < final.length && !this.#destroyed; ) {
      const from = given;
      given = final.length;
      receiver.chunk(final.room.subarray(from, given));
    }
    this.#isHandedOver = true;
    if (final.end !== null) return receiver.ended(final.end.error);
    final.connection.receive(this.#receiver ?? receiver);
    if (final.isDoubted && !this.#paused) final.connection.resume();
  }
}

function append(chosen: Chosen, bytes: Uint8Array): void {
  const length = chosen.length + bytes.length;
  let size = chosen.room.length;
  while (size < length) size *= 2;
  if (size > chosen.room.length) {
    const larger = new Uint8Array(size);
    larger.set(chosen.room.subarray(0, chosen.length));
    chosen.room = larger;
  }
  chosen.room.set(bytes, chosen.length);
  chosen.length = length;
}
