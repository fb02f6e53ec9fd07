/** The mailbox, as two dilations see it: control messages once and in order, however long the ways there are broken. */

import type { JsonObject } from "../../../packages/wormhole/src/base/json.ts";
import type { Signalling } from "../../../packages/wormhole/src/dilation/signalling.ts";
import type { Chance } from "../chance.ts";
import type { Sleeper, Timeline } from "./timeline.ts";

/** What a session's link waits at most before it tries again, milliseconds; */
const LONGEST_PAUSE = 60_000;
/** and within what time it notices that it is dead. */
const NOTICED = 60_000;
/** The same, once it is told to look. */
const PROBED = 2_000;

export interface PostOptions {
  readonly time: Timeline;
  readonly chance: Chance;
  /** Milliseconds of one way between a side and the server. */
  readonly delay: number;
  readonly log: (line: string) => void;
}

/** The server, and the way of each side to it. */
export class Post {
  readonly sides: readonly [Way, Way];
  /** Nobody gets in. */
  down = false;

  constructor(options: PostOptions, owners: readonly [Sleeper, Sleeper], names: readonly [string, string]) {
    this.sides = [new Way(this, options, owners[0], names[0]), new Way(this, options, owners[1], names[1])];
    this.sides[0].peer = this.sides[1];
    this.sides[1].peer = this.sides[0];
  }

  /** The server goes away, with all connections. */
  fail(): void {
    this.down = true;
    for (const side of this.sides) side.lose();
  }
}

/** One side's session. */
export class Way implements Signalling {
  /** Who gets the other side's messages, once there is anybody. */
  #reader: ((message: JsonObject) => void) | null = null;
  peer: Way | null = null;
  /** May change what is sent, or take it away. */
  censor: (message: JsonObject) => JsonObject = (message) => message;
  readonly #post: Post;
  readonly #options: PostOptions;
  readonly #owner: Sleeper;
  readonly #name: string;
  /** Messages that the server does not have, and that it has for us. */
  readonly #out: JsonObject[] = [];
  readonly #in: JsonObject[] = [];
  #link: "up" | "stale" | "down" | "connecting" = "up";
  /** Counts links: what was on its way on an old one starts anew. */
  #epoch = 0;
  #sending = false;
  #receiving = false;
  #forget: () => void = () => {};

  constructor(post: Post, options: PostOptions, owner: Sleeper, name: string) {
    this.#post = post;
    this.#options = options;
    this.#owner = owner;
    this.#name = name;
  }

  read(reader: (message: JsonObject) => void): void {
    this.#reader = reader;
    this.#pump();
  }

  send(message: JsonObject): void {
    this.#options.log(`${this.#name} says ${JSON.stringify(message)}`);
    this.#out.push(JSON.parse(JSON.stringify(this.censor(message))));
    this.#pump();
  }

  hurry(): void {
    if (this.#link === "down") this.#connect();
  }

  moved(): void {
    if (this.#link === "stale") this.#lookAfter(PROBED);
  }

  /** The link is dead, and nobody knows. */
  deaden(): void {
    if (this.#link !== "up") return;
    this.#link = "stale";
    this.#epoch++;
    this.#lookAfter(this.#options.chance.number(NOTICED));
  }

  /** The link is lost; another one is made after a while. */
  lose(): void {
    this.#link = "down";
    this.#epoch++;
    this.#plan(this.#options.chance.number(LONGEST_PAUSE), () => this.#connect());
  }

  #lookAfter(milliseconds: number): void {
    this.#plan(milliseconds, () => this.lose());
  }

  #connect(): void {
    this.#link = "connecting";
    this.#plan(2 * this.#options.delay, () => {
      if (this.#post.down) return this.lose();
      this.#link = "up";
      this.#epoch++;
      this.#pump();
    });
  }

  #plan(milliseconds: number, run: () => void): void {
    this.#forget();
    this.#forget = this.#options.time.after(milliseconds, run, this.#owner);
  }

  #pump(): void {
    if (!this.#sending && this.#out.length > 0) {
      this.#sending = this.#carry((arrived) => {
        this.#sending = false;
        if (arrived) this.peer?.take(this.#out.shift() ?? {});
      });
    }
    if (!this.#receiving && this.#in.length > 0 && this.#reader) {
      this.#receiving = this.#carry((arrived) => {
        this.#receiving = false;
        if (arrived) this.#reader?.(this.#in.shift() ?? {});
      });
    }
  }

  /** To or from the server; it arrives if the link lives so long. False: there is no link. */
  #carry(done: (arrived: boolean) => void): boolean {
    if (this.#link !== "up") return false;
    const { time, chance, delay } = this.#options;
    const epoch = this.#epoch;
    const run = () => {
      done(epoch === this.#epoch);
      this.#pump();
    };
    time.after(delay + chance.number(delay + 1), run, this.#owner);
    return true;
  }

  /** The server has a message for us. */
  take(message: JsonObject): void {
    this.#in.push(message);
    this.#pump();
  }
}
