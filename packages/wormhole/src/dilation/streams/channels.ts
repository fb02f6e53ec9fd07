/** The open subchannels of a dilation: their numbers, and which of the peer's are admitted. */
import { unlessAborted, type WaitOptions } from "../../base/abort.ts";
import { FIRST_CREDIT_BYTES, MAX_EARLY_SUBCHANNELS, MAX_OPEN_SUBCHANNELS } from "../limits.ts";
import type { DilationRole } from "../wire/role.ts";
import { Arrivals } from "./arrivals.ts";
import { Channel } from "./channel.ts";
import type { Sending } from "./sending.ts";
import type { UnreadLimit } from "./unread-limit.ts";

export class Channels {
  readonly #sending: Sending;
  readonly #unread: UnreadLimit;
  /** Subprotocols that the peer may open; undefined means all. */
  readonly #expected: ReadonlySet<string> | undefined;
  readonly #open = new Map<number, Channel>();
  readonly #arrivals = new Map<string, Arrivals>();
  /** Bytes that may be sent over a new subchannel. */
  #credit = Number.POSITIVE_INFINITY;
  #nextId = 0;
  /** The numbers that the peer uses, modulo 2. */
  #peerParity = 0;
  /** The highest number that the peer has used. */
  #highest = 0;
  /** How many of the peer's subchannels are open. */
  #openByPeer = 0;
  #error: Error | null = null;

  constructor(sending: Sending, unread: UnreadLimit, expected: readonly string[] | undefined) {
    this.#sending = sending;
    this.#unread = unread;
    this.#expected = expected && new Set(expected);
  }

  /**
   * Sets the numbering: the leader's subchannels have odd numbers, the follower's even ones, and 0 is unused. If
   * `credits`, both sides use credit.
   */
  assign(role: DilationRole, credits: boolean): void {
    if (credits) this.#credit = FIRST_CREDIT_BYTES;
    this.#nextId = role === "leader" ? 1 : 2;
    this.#peerParity = role === "leader" ? 0 : 1;
  }

  /**
   * Opens a subchannel as soon as there is room for it.
   * @throws the error that has ended the wormhole, or the signal's reason
   */
  async connect(subprotocol: string, { signal }: WaitOptions = {}): Promise<Channel> {
    for (let room = this.#sending.room(); room !== null; room = this.#sending.room()) await unlessAborted(room, signal);
    signal?.throwIfAborted();
    if (this.#error !== null) throw this.#error;
    const channel = this.#create(this.#nextId, subprotocol);
    this.#nextId += 2;
    this.#open.set(channel.id, channel);
    this.#sending.sendOpen(channel.id, subprotocol, channel);
    return channel;
  }

  /**
   * Claims the arrivals of a subprotocol.
   * @throws {EndpointUsedError} if they were claimed before
   */
  listen(subprotocol: string): Arrivals {
    const arrivals = this.#arrivalsOf(subprotocol);
    arrivals.claim();
    return arrivals;
  }

  /** Returns an open subchannel. DATA and CLOSE for one that has ended or was refused are ignored. */
  get(id: number): Channel | undefined {
    return this.#open.get(id);
  }

  /** Takes an OPEN. Returns false if it breaks the protocol. */
  opened(id: number, subprotocol: string): boolean {
    if (id === 0 || id % 2 !== this.#peerParity || id <= this.#highest) return false;
    this.#highest = id;
    if (this.#openByPeer >= MAX_OPEN_SUBCHANNELS) return this.#sending.refuse(id);
    this.#admit(this.#create(id, subprotocol));
    return true;
  }

  /** The subchannels over which the peer may send more than the initial credit. */
  *granted(): Iterable<Channel> {
    for (const channel of this.#open.values()) if (channel.granted !== undefined) yield channel;
  }

  /** Sends CLOSE over every subchannel, for a peer that would otherwise wait for more. */
  closeAll(): void {
    for (const channel of this.#open.values()) channel.close().catch(() => {});
  }

  /** Ends all subchannels with this error. */
  stop(error: Error): void {
    if (this.#error !== null) return;
    this.#error = error;
    for (const channel of this.#open.values()) channel.stop(error);
    this.#open.clear();
    for (const arrivals of this.#arrivals.values()) arrivals.stop(error);
  }

  /** Adds a subchannel of the peer. An unwelcome one is closed, but gives credit until the peer closes it, too. */
  #admit(channel: Channel): void {
    const isWelcome = this.#isWelcome(channel.subprotocol);
    this.#open.set(channel.id, channel);
    this.#openByPeer++;
    if (isWelcome) this.#arrivalsOf(channel.subprotocol).add(channel);
    else channel.close().catch(() => {});
  }

  #isWelcome(subprotocol: string): boolean {
    const arrivals = this.#arrivals.get(subprotocol);
    if (arrivals?.isClaimed) return !arrivals.isLeft;
    if (this.#expected && !this.#expected.has(subprotocol)) return false;
    let early = 0;
    for (const { isClaimed, waiting } of this.#arrivals.values()) if (!isClaimed) early += waiting;
    return early < MAX_EARLY_SUBCHANNELS;
  }

  #create(id: number, subprotocol: string): Channel {
    return new Channel({
      id,
      subprotocol,
      sending: this.#sending,
      unread: this.#unread,
      credit: this.#credit,
      forget: (channel) => this.#forget(channel),
    });
  }

  #forget({ id }: Channel): void {
    if (this.#open.delete(id) && id % 2 === this.#peerParity) this.#openByPeer--;
  }

  #arrivalsOf(subprotocol: string): Arrivals {
    const arrivals = this.#arrivals.get(subprotocol) ?? new Arrivals();
    this.#arrivals.set(subprotocol, arrivals);
    if (this.#error !== null) arrivals.stop(this.#error);
    return arrivals;
  }
}
