/** One end of a dilated wormhole, with the same interface for our library and for the reference one. */
import { Changes } from "../reference/changes.ts";

export type Role = "leader" | "follower";

/** Whether the reference library's end can close one direction alone (`half`), or only both. Ours always can. */
export type Kind = "half" | "full";

export interface End {
  readonly title: string;
  connect(name: string, kind?: Kind): Promise<Stream>;
  /** Resolves when this end listens. */
  listen(name: string, kind?: Kind): Promise<Arrivals>;
  /** Closes the wormhole. Resolves when it has ended. */
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
  /** Ends the writing direction. A subchannel of the kind `full` stops reading, too. */
  readonly finish: () => Promise<void>;
}

/** The data that has arrived on a subchannel, and the ends of its directions. */
export class Heard {
  readonly chunks: string[] = [];
  /** Whether the other side has ended its writing direction. */
  hasEnded = false;
  /** Whether both directions have ended. */
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

  /** Waits until this many chunks have arrived, and returns all. */
  async some(count: number): Promise<string[]> {
    await this.#until(() => this.chunks.length >= count, `${count} chunks`);
    return this.chunks;
  }

  /** Waits for the end of the data, and returns all chunks. */
  async all(): Promise<string[]> {
    await this.#until(() => this.hasEnded, "the end");
    return this.chunks;
  }

  async closed(): Promise<void> {
    await this.#until(() => this.isClosed, "the end of both directions");
  }

  #until(reached: () => boolean, what: string): Promise<void> {
    const state = () => (this.hasEnded ? "and the end" : "and no end");
    return this.#changes.until(reached, () => `${what}, but received ${this.chunks.length} chunks ${state()}`);
  }
}

/** A queue whose items can be awaited one by one. */
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
      // Another waiting call may have taken the item first.
      const item = this.#items.shift();
      if (item !== undefined) return item;
    }
  }
}
