/** One subchannel: its two directions, the bytes that are unacknowledged, and the credit in both directions. */
import type { Bytes } from "../../base/bytes.ts";
import { Runner } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import type { Subchannel } from "../api.ts";
import { costOf } from "../wire/records.ts";
import { Allowance } from "./allowance.ts";
import { type CostMeter, Inflow } from "./inflow.ts";
import type { Owner } from "./outbox.ts";
import { type ChunkSink, Outflow } from "./outflow.ts";
import type { Sending } from "./sending.ts";
import { type SubchannelEffect, type SubchannelEvent, type SubchannelState, subchannel } from "./subchannel.ts";
import type { UnreadLimit } from "./unread-limit.ts";

export interface ChannelOptions {
  readonly id: number;
  readonly subprotocol: string;
  readonly sending: Sending;
  readonly unread: UnreadLimit;
  /** Bytes that may be sent at first; Infinity if the peer does not use credit. */
  readonly credit: number;
  /** Called when both directions have ended and the peer has everything. */
  readonly forget: (channel: Channel) => void;
}

export class Channel implements Subchannel, Owner, CostMeter, ChunkSink {
  readonly id: number;
  readonly subprotocol: string;
  readonly #sending: Sending;
  readonly #unread: UnreadLimit;
  readonly #forget: (channel: Channel) => void;
  readonly #inflow: Inflow;
  readonly #outflow: Outflow;
  readonly #state: Runner<SubchannelState, SubchannelEvent, SubchannelEffect>;
  readonly #closed = new Once<void>();
  /** Resolves when the peer has all that was written, and the CLOSE. */
  readonly #delivered = new Once<void>();
  /** Unacknowledged bytes, the CLOSE included. */
  #underway = 0;
  /** Resolves for a writer that waits for the window or for credit. */
  #relieved: Once<void> | null = null;
  /** Cost of all chunks sent, and the cost up to which chunks may be sent. */
  #spent = 0;
  #credit: number;
  /** Limits what the peer may send. */
  readonly #allowance: Allowance;

  constructor({ id, subprotocol, sending, unread, credit, forget }: ChannelOptions) {
    this.id = id;
    this.subprotocol = subprotocol;
    this.#sending = sending;
    this.#unread = unread;
    this.#credit = credit;
    this.#forget = forget;
    this.#allowance = new Allowance(unread.sharedCredit);
    this.#state = new Runner(subchannel, { at: "open" }, { perform: (effect) => this.#perform(effect) });
    this.#inflow = new Inflow(this);
    this.#outflow = new Outflow(this);
  }

  // What an application uses.

  get readable(): ReadableStream<Bytes> {
    return this.#inflow.readable;
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#outflow.writable;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  close(): Promise<void> {
    this.#inflow.ignore();
    this.#outflow.close();
    return this.#delivered.promise;
  }

  /** Closes, and waits for the end. A failure is not thrown here: `closed` rejects with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }

  // What the peer has sent.

  /** Takes a chunk, or the last part of one. Returns false if it breaks the protocol. */
  receive(chunk: Uint8Array): boolean {
    return this.#inflow.push(chunk);
  }

  /** Takes a part of a chunk that is not its last. Returns false if it breaks the protocol. */
  receivePart(part: Uint8Array): boolean {
    return this.#inflow.pushPart(part);
  }

  /** Takes new credit. Credit never shrinks. */
  receiveCredit(total: number): void {
    this.#credit = Math.max(this.#credit, total);
    this.#relieve();
  }

  /** Takes a CLOSE. */
  receiveClose(): void {
    this.#allowance.end();
    this.#state.post({ on: "close" });
  }

  // Called by the reading direction.

  /** The cost up to which the peer may send; undefined if it is the initial credit. */
  get granted(): number | undefined {
    return this.#allowance.total;
  }

  arrived(cost: number): void {
    this.#allowance.arrived(cost);
  }

  consumed(cost: number): void {
    // Credit is sent before data: without this check it could reach the peer before the OPEN of a new subchannel.
    if (cost === 0) return;
    if (this.#allowance.consumed(cost)) this.#unread.grant(this);
    this.#unread.consumed();
  }

  assembling(cost: number): boolean {
    return this.#unread.assembly.take(cost);
  }

  assembled(cost: number): void {
    this.#unread.assembly.release(cost);
  }

  // Called by the writing direction.

  get isFinished(): boolean {
    const { at } = this.#state.state;
    return at === "written" || at === "closed";
  }

  room(): Promise<void> | null {
    if (this.isFinished) return null;
    if (this.#underway < this.#sending.channelWindow && this.#spent < this.#credit) return this.#sending.room();
    this.#relieved ??= new Once();
    return this.#relieved.promise;
  }

  send(chunk: Uint8Array): void {
    this.#spent += costOf(chunk.length);
    this.#sending.sendData(this.id, chunk, this);
  }

  finish(): Promise<void> {
    this.#state.post({ on: "finish" });
    return this.#delivered.promise;
  }

  // Called by the dilation.

  /** Unacknowledged bytes have become more, or fewer if negative. */
  underway(bytes: number): void {
    this.#underway += bytes;
    if (this.#underway < this.#sending.channelWindow) this.#relieve();
    if (this.#underway > 0 || !this.isFinished) return;
    this.#delivered.resolve();
    this.#forgetIfOver();
  }

  /** The wormhole has ended. Data that has arrived can still be read. */
  stop(error: Error): void {
    this.#state.post({ on: "stop", error });
  }

  #perform(effect: SubchannelEffect): void {
    switch (effect.do) {
      case "sendClose":
        return this.#sending.sendClose(this.id, this);
      case "endReading":
        return this.#inflow.end();
      case "over":
        this.#closed.resolve();
        return this.#forgetIfOver();
      case "failWriting":
        return this.#outflow.fail(effect.error);
      case "fail":
        return this.#fail(effect.error);
    }
  }

  #fail(error: Error): void {
    this.#delivered.reject(error);
    this.#closed.reject(error);
    this.#relieve();
    this.#inflow.end(error);
  }

  #forgetIfOver(): void {
    if (this.#state.state.at === "closed" && this.#underway === 0) this.#forget(this);
  }

  #relieve(): void {
    this.#relieved?.resolve();
    this.#relieved = null;
  }
}
