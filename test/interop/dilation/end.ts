/** One end of a dilated wormhole, with the same interface for our library and for the reference one. */
import { Changes } from "../reference/changes.ts";

export type Role = "leader" | "follower";

/** What their end of a subchannel can close: one direction, or only both together. Ours can do both. */
export type Kind = "half" | "full";

export interface End {
  readonly title: string;
  connect(name: string, kind?: Kind): Promise<Stream>;
  /** Resolves when it listens. */
  listen(name: string, kind?: Kind): Promise<Arrivals>;
  /** Closes the wormhole, and waits for its end. */
  close(): Promise<void>;
}

/** The subchannels that the other side opens under one name, in order. */
export interface Arrivals {
  next(): Promise<Stream>;
}

/** A subchannel for tests that send text. Binary data is for subchannels that count it. */
export interface Stream {
  readonly heard: Heard;
  readonly write: (text: string) => Promise<void>;
  /** Ends the writing. A subchannel that cannot be closed in one direction stops reading, too. */
  readonly finish: () => Promise<void>;
}

/** The data that has come on a subchannel. */
export class Heard {
  readonly chunks: string[] = [];
  /** The other side has ended its writing. */
  hasEnded = false;
  /** Both directions have ended. */
  isClosed = false;
  readonly #changes = new Changes();

  add(chunk: string): void {
    this.chunks.push(chunk);
    this.#changes.happened();
  }

  end(): void {
    this.hasEnded = true;
    this.#changes.happened();
  }

  close(): void {
    this.isClosed = true;
    this.#changes.happened();
  }

  /** Returns all chunks, as soon as there are this many. */
  async some(count: number): Promise<string[]> {
    await this.#until(() => this.chunks.length >= count, `${count} chunks`);
    return this.chunks;
  }

  /** Returns all chunks, as soon as no more can come. */
  async all(): Promise<string[]> {
    await this.#until(() => this.hasEnded, "the end");
    return this.chunks;
  }

  async closed(): Promise<void> {
    await this.#until(() => this.isClosed, "the end of both directions");
  }

  #until(reached: () => boolean, what: string): Promise<void> {
    const state = () => (this.hasEnded ? "and the end" : "and no end");
    return this.#changes.until(reached, () => `${what}, but heard ${this.chunks.length} chunks ${state()}`);
  }
}

/** A queue of arrivals, which can be awaited one by one. */
export class Queue<T> {
  readonly #items: T[] = [];
  readonly #changes = new Changes();
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#changes.happened();
  }

  async next(): Promise<T> {
    for (;;) {
      await this.#changes.until(
        () => this.#items.length > 0,
        () => this.#what,
      );
      // Another waiting call may have been notified, too.
      const item = this.#items.shift();
      if (item !== undefined) return item;
    }
  }
}
