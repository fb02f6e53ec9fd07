import { Once } from "../../base/once.ts";
import type { Subchannel } from "../api.ts";
import { costOf } from "../wire/records.ts";
import { Allowance, type SharedCredit } from "./allowance.ts";
import { Inflow, type Meter } from "./inflow.ts";
import type { Owner } from "./outbox.ts";
import { type Drain, Outflow } from "./outflow.ts";
import { type SubchannelEvent, type SubchannelState, subchannel } from "./subchannel.ts";

/** What a channel needs of the dilation it belongs to. */
export interface Carrier {
  /** What one subchannel may have under way. */
  readonly window: number;
  readonly sharedCredit: SharedCredit;
  sendData(channel: Channel, chunk: Uint8Array): void;
  sendClose(channel: Channel): void;
  /** Less waits for readers. */
  consumed(): void;
  /** What the other side may send has grown. */
  grant(channel: Channel): void;
  /** Null if there is room for a chunk of anybody, or what resolves when there may be. */
  room(): Promise<void> | null;
  /** Both directions have ended, and the other side knows. */
  forget(channel: Channel): void;
}

/** One subchannel: its two directions, and what is under way. */
export class Channel implements Subchannel, Owner, Drain, Meter {
  readonly id: number;
  readonly subprotocol: string;
  readonly #carrier: Carrier;
  readonly #inflow: Inflow;
  readonly #outflow: Outflow;
  readonly #closed = new Once<void>();
  /** The other side has all that we have written, and knows that it is all. */
  readonly #delivered = new Once<void>();
  #state: SubchannelState = { at: "open" };
  /** Bytes that are not acknowledged, the CLOSE among them; and who waits until there are few. */
  #underway = 0;
  #relieved: Once<void> | null = null;
  /** What we have sent, and what we may send in all; what the other side may send. */
  #spent = 0;
  #credit: number;
  readonly #allowance: Allowance;

  /** `credit`: what may be sent at first; Infinity where the other side does not count it. */
  constructor(id: number, subprotocol: string, carrier: Carrier, credit: number) {
    this.id = id;
    this.subprotocol = subprotocol;
    this.#carrier = carrier;
    this.#credit = credit;
    this.#allowance = new Allowance(carrier.sharedCredit);
    this.#inflow = new Inflow(this);
    this.#outflow = new Outflow(this);
  }

  get readable(): ReadableStream<Uint8Array> {
    return this.#inflow.readable;
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#outflow.writable;
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async close(): Promise<void> {
    this.#inflow.ignore();
    this.#outflow.close();
    return this.#delivered.promise;
  }

  /** Closes, and waits for it. What went wrong is not thrown here: `closed` tells it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }

  /** A chunk has come. */
  receive(chunk: Uint8Array): void {
    this.#inflow.push(chunk);
  }

  /** A chunk has begun to come, and goes on with the next one. */
  receivePart(part: Uint8Array): void {
    this.#inflow.pushPart(part);
  }

  /** The other side has read, and takes more. */
  receiveCredit(total: number): void {
    this.#credit = Math.max(this.#credit, total);
    this.#relieve();
  }

  /** What the other side may send over this subchannel, in all; undefined if that is what it may send anyway. */
  get granted(): number | undefined {
    return this.#allowance.total;
  }

  arrived(cost: number): void {
    this.#allowance.arrived(cost);
  }

  consumed(cost: number): void {
    // A grant overtakes the OPEN of a subchannel from which nothing has come yet.
    if (cost === 0) return;
    if (this.#allowance.consumed(cost)) this.#carrier.grant(this);
    this.#carrier.consumed();
  }

  /** CLOSE has come. */
  receiveClose(): void {
    this.#allowance.end();
    this.#step({ on: "close" });
  }

  underway(bytes: number): void {
    this.#underway += bytes;
    if (this.#underway < this.#carrier.window) this.#relieve();
    if (this.#underway > 0 || !this.isFinished) return;
    this.#delivered.resolve();
    this.#forgetIfOver();
  }

  get isFinished(): boolean {
    return this.#state.at === "written" || this.#state.at === "closed";
  }

  send(chunk: Uint8Array): void {
    this.#spent += costOf(chunk);
    this.#carrier.sendData(this, chunk);
  }

  /** The wormhole has ended. What has come can still be read. */
  stop(error: Error): void {
    if (!this.isFinished) this.#outflow.fail(error);
    this.#state = { at: "closed" };
    this.#delivered.reject(error);
    this.#closed.reject(error);
    this.#relieve();
    this.#inflow.end(error);
  }

  #step(event: SubchannelEvent): void {
    const [state, ...effects] = subchannel.step(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      if (effect.do === "sendClose") this.#carrier.sendClose(this);
      if (effect.do === "endReading") this.#inflow.end();
      if (effect.do === "over") {
        this.#closed.resolve();
        this.#forgetIfOver();
      }
    }
  }

  #forgetIfOver(): void {
    if (this.#state.at === "closed" && this.#underway === 0) this.#carrier.forget(this);
  }

  finish(): Promise<void> {
    this.#step({ on: "finish" });
    return this.#delivered.promise;
  }

  /** Null if there is room, for us and for all together; otherwise what resolves when there may be. */
  room(): Promise<void> | null {
    if (this.isFinished) return null;
    if (this.#underway < this.#carrier.window && this.#spent < this.#credit) return this.#carrier.room();
    this.#relieved ??= new Once();
    return this.#relieved.promise;
  }

  #relieve(): void {
    this.#relieved?.resolve();
    this.#relieved = null;
  }
}
