/** One end of a dilated wormhole, seen the same way whether it is ours or the reference library's. */
import { Changes } from "../reference/changes.ts";

export type Role = "leader" | "follower";

/** What their end of a subchannel can: close one direction, or only both together. Ours can do both. */
export type Kind = "half" | "full";

export interface End {
  readonly title: string;
  connect(name: string, kind?: Kind): Promise<Stream>;
  /** Resolves when it listens. */
  listen(name: string, kind?: Kind): Promise<Arrivals>;
  /** Closes the wormhole, and waits until that is done. */
  close(): Promise<void>;
}

/** The subchannels that the other side opens under one name, in order. */
export interface Arrivals {
  next(): Promise<Stream>;
}

/** A subchannel. Tests write texts: bytes of all kinds are for those that count them. */
export interface Stream {
  readonly heard: Heard;
  readonly write: (text: string) => Promise<void>;
  /** Writes no more. A stream that is not of the half-closing kind reads no more either. */
  readonly finish: () => Promise<void>;
}

/** What has come on a subchannel. */
export class Heard {
  readonly chunks: string[] = [];
  /** The other side writes no more. */
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

  /** All chunks, as soon as there are so many. */
  async some(count: number): Promise<string[]> {
    await this.#until(() => this.chunks.length >= count, `${count} chunks`);
    return this.chunks;
  }

  /** All chunks, as soon as no more can come. */
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

/** A queue of what arrives, for whoever asks for the next. */
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
      // Somebody else may have been told as well.
      const item = this.#items.shift();
      if (item !== undefined) return item;
    }
  }
}
