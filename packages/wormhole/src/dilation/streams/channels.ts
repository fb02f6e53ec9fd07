/** All subchannels of a dilation, by their numbers and by the names of what they speak. */

import { unlessAborted, type WaitOptions } from "../../base/abort.ts";
import { Once } from "../../base/once.ts";
import { EndpointUsedError, WormholeClosedError } from "../../errors.ts";
import { FIRST_CREDIT, MAX_EARLY, MAX_OPEN, WINDOW_FOR_OTHERS } from "../limits.ts";
import type { Role } from "../manager.ts";
import { SharedCredit } from "./allowance.ts";
import { type Carrier, Channel } from "./channel.ts";

/** What the subchannels need of the dilation. */
export interface Sender {
  /** What all subchannels together may have under way. */
  readonly window: number;
  sendOpen(channel: Channel): void;
  sendData(channel: Channel, chunk: Uint8Array): void;
  sendClose(channel: Channel): void;
  /** Refuses a subchannel that is one too many. */
  refuse(id: number): void;
  consumed(): void;
  grant(channel: Channel): void;
  room(): Promise<void> | null;
}

export class Channels implements Carrier {
  readonly sharedCredit = new SharedCredit();
  readonly #sender: Sender;
  /** Names that may be opened by the other side; absent: all. */
  readonly #expected: ReadonlySet<string> | undefined;
  readonly #open = new Map<number, Channel>();
  readonly #doors = new Map<string, Door>();
  /** What may be sent over a new subchannel. */
  #credit = Number.POSITIVE_INFINITY;
  #nextId = 0;
  #parity = 0;
  /** The highest number that the other side has used, */
  #highest = 0;
  /** and how many of its subchannels are open. */
  #theirs = 0;
  #error: Error | null = null;

  constructor(sender: Sender, expected: readonly string[] | undefined) {
    this.#sender = sender;
    this.#expected = expected && new Set(expected);
  }

  /** The leader's subchannels have odd numbers, the follower's even ones; 0 is nobody's. `credits`: both count them. */
  assign(role: Role, credits: boolean): void {
    if (credits) this.#credit = FIRST_CREDIT;
    this.#nextId = role === "leader" ? 1 : 2;
    this.#parity = role === "leader" ? 0 : 1;
  }

  /** Opens a subchannel, when there is room for it. @throws what has ended the wormhole */
  async connect(subprotocol: string, { signal }: WaitOptions = {}): Promise<Channel> {
    for (let room = this.room(); room !== null; room = this.room()) await unlessAborted(room, signal);
    signal?.throwIfAborted();
    if (this.#error !== null) throw this.#error;
    const channel = new Channel(this.#nextId, subprotocol, this, this.#credit);
    this.#nextId += 2;
    this.#open.set(channel.id, channel);
    this.#sender.sendOpen(channel);
    return channel;
  }

  /** The door for a name, opened once by whoever is behind it. @throws {EndpointUsedError} */
  listen(subprotocol: string): Door {
    const door = this.#door(subprotocol);
    door.open();
    return door;
  }

  /** OPEN has come. False: no honest side opens this. */
  opened(id: number, subprotocol: string): boolean {
    if (id === 0 || id % 2 !== this.#parity || id <= this.#highest) return false;
    this.#highest = id;
    if (this.#theirs < MAX_OPEN) this.#admit(new Channel(id, subprotocol, this, this.#credit));
    else this.#sender.refuse(id);
    return true;
  }

  /** One that nobody wants is closed; it still gives credit, until the other side has closed it too. */
  #admit(channel: Channel): void {
    const isWelcome = this.#isWelcome(channel.subprotocol);
    this.#open.set(channel.id, channel);
    this.#theirs++;
    if (isWelcome) this.#door(channel.subprotocol).arrive(channel);
    else channel.close().catch(() => {});
  }

  /** DATA has come; for a subchannel that is over or was refused, it means nothing. */
  received(id: number, payload: Uint8Array): void {
    this.#open.get(id)?.receive(payload);
  }

  /** The beginning of a chunk, or more of it, has come. */
  receivedPart(id: number, payload: Uint8Array): void {
    this.#open.get(id)?.receivePart(payload);
  }

  credited(id: number, total: number): void {
    this.#open.get(id)?.receiveCredit(total);
  }

  /** Subchannels over which the other side may send more than it knows from the beginning. */
  *granted(): Iterable<Channel> {
    for (const channel of this.#open.values()) if (channel.granted !== undefined) yield channel;
  }

  closed(id: number): void {
    this.#open.get(id)?.receiveClose();
  }

  /** Says CLOSE for all: to those who would otherwise wait for ever. */
  closeAll(): void {
    for (const channel of this.#open.values()) channel.close().catch(() => {});
  }

  /** The wormhole has ended; `well`, if it was closed and nothing went wrong. */
  stop(error: Error): void {
    if (this.#error !== null) return;
    this.#error = error;
    for (const channel of this.#open.values()) channel.stop(error);
    this.#open.clear();
    for (const door of this.#doors.values()) door.stop(error);
  }

  get window(): number {
    return this.#sender.window - WINDOW_FOR_OTHERS;
  }

  sendData(channel: Channel, chunk: Uint8Array): void {
    this.#sender.sendData(channel, chunk);
  }

  sendClose(channel: Channel): void {
    this.#sender.sendClose(channel);
  }

  consumed(): void {
    this.#sender.consumed();
  }

  grant(channel: Channel): void {
    this.#sender.grant(channel);
  }

  room(): Promise<void> | null {
    return this.#sender.room();
  }

  forget({ id }: Channel): void {
    if (this.#open.delete(id) && id % 2 === this.#parity) this.#theirs--;
  }

  #door(subprotocol: string): Door {
    const door = this.#doors.get(subprotocol) ?? new Door();
    this.#doors.set(subprotocol, door);
    if (this.#error !== null) door.stop(this.#error);
    return door;
  }

  #isWelcome(subprotocol: string): boolean {
    const door = this.#doors.get(subprotocol);
    if (door?.isOpen !== undefined && door.isOpen) return !door.isLeft;
    if (this.#expected && !this.#expected.has(subprotocol)) return false;
    const early = [...this.#doors.values()].reduce((sum, { isOpen, waiting }) => sum + (isOpen ? 0 : waiting), 0);
    return early < MAX_EARLY;
  }
}

/** Where the subchannels of one name arrive. */
export class Door {
  /** Whether somebody listens, or has listened. */
  isOpen = false;
  /** Whether who listened has gone. */
  isLeft = false;
  #waiting: Channel[] = [];
  #askers: Once<Channel>[] = [];
  #error: Error | null = null;

  /** Subchannels that nobody has taken. */
  get waiting(): number {
    return this.#waiting.length;
  }

  open(): void {
    if (this.isOpen) throw new EndpointUsedError();
    this.isOpen = true;
  }

  arrive(channel: Channel): void {
    const asker = this.#askers.shift();
    if (asker) asker.resolve(channel);
    else this.#waiting.push(channel);
  }

  /** The next subchannel; those that have arrived come first. */
  async next({ signal }: WaitOptions = {}): Promise<Channel> {
    signal?.throwIfAborted();
    const channel = this.#waiting.shift();
    if (channel) return channel;
    if (this.#error !== null) throw this.#error;
    if (this.isLeft) throw new WormholeClosedError();
    const asker = new Once<Channel>();
    this.#askers.push(asker);
    try {
      return await unlessAborted(asker.promise, signal);
    } catch (error) {
      this.#dismiss(asker);
      throw error;
    }
  }

  /** Nobody will ask any more. */
  leave(): void {
    this.isLeft = true;
    for (const channel of this.#waiting.splice(0)) channel.close().catch(() => {});
    for (const asker of this.#askers.splice(0)) asker.reject(new WormholeClosedError());
  }

  stop(error: Error): void {
    this.#error = error;
    for (const asker of this.#askers.splice(0)) asker.reject(error);
  }

  /** What came to them at that very moment is for the next one. */
  #dismiss(asker: Once<Channel>): void {
    const place = this.#askers.indexOf(asker);
    if (place >= 0) this.#askers.splice(place, 1);
    else
      asker.promise.then(
        (channel) => this.#waiting.unshift(channel),
        () => {},
      );
  }
}
