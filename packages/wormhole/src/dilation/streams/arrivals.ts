/** The peer's subchannels of one subprotocol, and the listener that takes them. */
import { unlessAborted, type WaitOptions } from "../../base/abort.ts";
import { Once } from "../../base/once.ts";
import { EndpointUsedError, WormholeClosedError } from "../../errors.ts";
import type { Channel } from "./channel.ts";

export class Arrivals {
  /** Whether there is, or has been, a listener. */
  isClaimed = false;
  /** Whether the listener has left. */
  isLeft = false;
  /** Subchannels that no call of {@link next} has taken, and calls that wait for one. One of the two lists is always empty. */
  #waiting: Channel[] = [];
  #takers: Once<Channel>[] = [];
  #error: Error | null = null;

  /** Number of subchannels that were not taken. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** @throws {EndpointUsedError} if there is, or has been, a listener */
  claim(): void {
    if (this.isClaimed) throw new EndpointUsedError();
    this.isClaimed = true;
  }

  add(channel: Channel): void {
    const taker = this.#takers.shift();
    if (taker) taker.resolve(channel);
    else this.#waiting.push(channel);
  }

  /**
   * Returns the next subchannel, in the order of their arrival.
   * @throws {WormholeClosedError} if the listener has left
   * @throws the error that has ended the wormhole, or the signal's reason
   */
  async next({ signal }: WaitOptions = {}): Promise<Channel> {
    signal?.throwIfAborted();
    const channel = this.#waiting.shift();
    if (channel) return channel;
    if (this.#error !== null) throw this.#error;
    if (this.isLeft) throw new WormholeClosedError();
    const taker = new Once<Channel>();
    this.#takers.push(taker);
    try {
      return await unlessAborted(taker.promise, signal);
    } catch (error) {
      this.#remove(taker);
      throw error;
    }
  }

  /** Ends listening. Subchannels that were not taken are closed. */
  leave(): void {
    this.isLeft = true;
    for (const channel of this.#waiting.splice(0)) channel.close().catch(() => {});
    for (const taker of this.#takers.splice(0)) taker.reject(new WormholeClosedError());
  }

  /** Ends waiting calls with the error that has ended the wormhole. */
  stop(error: Error): void {
    this.#error = error;
    for (const taker of this.#takers.splice(0)) taker.reject(error);
  }

  /** Removes an aborted call. If a subchannel arrived at the same moment, it goes to the next call. */
  #remove(taker: Once<Channel>): void {
    const index = this.#takers.indexOf(taker);
    if (index >= 0) this.#takers.splice(index, 1);
    else
      taker.promise.then(
        (channel) => this.#waiting.unshift(channel),
        () => {},
      );
  }
}
