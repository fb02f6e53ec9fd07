/** The mailbox as two dilations use it: it delivers control messages once and in order, however often its links break. */
import type { JsonObject } from "../../../packages/wormhole/src/base/json.ts";
import type { Signalling } from "../../../packages/wormhole/src/dilation/signalling.ts";
import type { Chance } from "../chance.ts";
import type { Sleeper, Timeline } from "./timeline.ts";

/** The longest pause before a lost link is made again. */
const MAX_PAUSE_MS = 60_000;
/** The longest time until a session notices that its link is dead. */
const MAX_UNNOTICED_MS = 60_000;
/** The same time after the session was asked to check the link. */
const PROBE_MS = 2_000;

export interface MailboxOptions {
  readonly time: Timeline;
  readonly chance: Chance;
  /** Milliseconds from a side to the server. */
  readonly delay: number;
  readonly log: (line: string) => void;
}

/** The server, and the session of each side with it. */
export class Mailbox {
  readonly sides: readonly [MailboxSession, MailboxSession];
  /** Whether the server accepts no links. */
  down = false;

  constructor(options: MailboxOptions, owners: readonly [Sleeper, Sleeper], names: readonly [string, string]) {
    this.sides = [
      new MailboxSession(this, options, owners[0], names[0]),
      new MailboxSession(this, options, owners[1], names[1]),
    ];
    this.sides[0].peer = this.sides[1];
    this.sides[1].peer = this.sides[0];
  }

  /** The server goes down, with all links. */
  fail(): void {
    this.down = true;
    for (const side of this.sides) side.lose();
  }
}

/** The session of one side with the server. */
export class MailboxSession implements Signalling {
  /** Receives the other side's messages; null until there is a dilation. */
  #reader: ((message: JsonObject) => void) | null = null;
  peer: MailboxSession | null = null;
  /** Changes messages, or removes them. */
  censor: (message: JsonObject) => JsonObject = (message) => message;
  readonly #mailbox: Mailbox;
  readonly #options: MailboxOptions;
  readonly #owner: Sleeper;
  readonly #name: string;
  /** Messages that the server does not have yet, and messages that it has for this side. */
  readonly #out: JsonObject[] = [];
  readonly #in: JsonObject[] = [];
  #link: "up" | "stale" | "down" | "connecting" = "up";
  /** Counts links: messages on their way over an old link are sent again. */
  #epoch = 0;
  #sending = false;
  #receiving = false;
  #forget: () => void = () => {};

  constructor(mailbox: Mailbox, options: MailboxOptions, owner: Sleeper, name: string) {
    this.#mailbox = mailbox;
    this.#options = options;
    this.#owner = owner;
    this.#name = name;
  }

  read(reader: (message: JsonObject) => void): void {
    this.#reader = reader;
    this.#pump();
  }

  send(message: JsonObject): void {
    this.#options.log(`${this.#name} sends ${JSON.stringify(message)}`);
    this.#out.push(JSON.parse(JSON.stringify(this.censor(message))));
    this.#pump();
  }

  hurry(): void {
    if (this.#link === "down") this.#connect();
  }

  moved(): void {
    if (this.#link === "stale") this.#lookAfter(PROBE_MS);
  }

  /** The link dies without notice. */
  deaden(): void {
    if (this.#link !== "up") return;
    this.#link = "stale";
    this.#epoch++;
    this.#lookAfter(this.#options.chance.number(MAX_UNNOTICED_MS));
  }

  /** The link is lost; another one is made after a while. */
  lose(): void {
    this.#link = "down";
    this.#epoch++;
    this.#plan(this.#options.chance.number(MAX_PAUSE_MS), () => this.#connect());
  }

  #lookAfter(milliseconds: number): void {
    this.#plan(milliseconds, () => this.lose());
  }

  #connect(): void {
    this.#link = "connecting";
    this.#plan(2 * this.#options.delay, () => {
      if (this.#mailbox.down) return this.lose();
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

  /** Carries a message to or from the server, if the link lives long enough. Returns false if there is no link. */
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

  /** The server has a message for this side. */
  take(message: JsonObject): void {
    this.#in.push(message);
    this.#pump();
  }
}
