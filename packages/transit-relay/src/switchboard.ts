/**
 * Carries out the rules: turns the arrivals, bytes and ends of clients into events, and effects into answers, pairs,
 * timers and closed sockets.
 */
import type { Clock, Timer } from "../../internal/src/clock.ts";
import type { Client } from "./client.ts";
import { createPair, type Pair } from "./pair.ts";
import { createLobby, type Effect, type Event, type Lobby, type LobbyLimits, step } from "./rules.ts";

/** The times that a client may take, in milliseconds, and how many clients may wait. */
export interface SwitchboardLimits extends Partial<LobbyLimits> {
  readonly handshakeMs: number;
  readonly waitingMs: number;
  readonly idleMs: number;
}

/** The present numbers of a relay. */
export interface RelayStatus {
  /** Clients without a partner. */
  readonly waiting: number;
  /** Pairs of clients. */
  readonly pairs: number;
  /** Bytes of all pairs that were received and have not left yet. */
  readonly buffered: number;
}

/** A client with its timer and its pair. */
interface Entry {
  readonly client: Client;
  deadline?: Timer;
  pair?: Pair;
}

const utf8 = new TextEncoder();

/** The driver of the rules, with all clients of a relay. */
export class Switchboard {
  readonly #clock: Clock;
  readonly #limits: SwitchboardLimits;
  readonly #lobby: Lobby;
  readonly #entries = new Map<number, Entry>();
  readonly #pairs = new Set<Pair>();
  #nextId = 1;

  constructor(clock: Clock, limits: SwitchboardLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#lobby = createLobby(limits);
  }

  get status(): RelayStatus {
    let buffered = 0;
    for (const pair of this.#pairs) buffered += pair.buffered;
    return { waiting: this.#lobby.arriving.size + this.#lobby.waiting.size, pairs: this.#pairs.size, buffered };
  }

  /** Adds a new client. */
  arrive(client: Client): void {
    const id = this.#nextId++;
    this.#entries.set(id, { client });
    this.#post({ on: "arrived", id });
    client.receive({
      bytes: (chunk, release) => {
        const verdict = client.readHandshake(chunk);
        release?.();
        if (verdict) this.#post({ ...verdict, id });
      },
      ended: () => this.#post({ on: "gone", id }),
    });
  }

  /** Closes all clients. */
  close(): void {
    for (const id of [...this.#entries.keys()]) this.#post({ on: "gone", id });
  }

  #post(event: Event): void {
    for (const effect of step(this.#lobby, event)) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    if (effect.do === "pair") this.#pair(...effect.ids);
    else this.#performFor(effect, this.#entries.get(effect.id));
  }

  #performFor(effect: Exclude<Effect, { do: "pair" }>, entry: Entry | undefined): void {
    if (!entry) return;
    if (effect.do === "answer") entry.client.write(utf8.encode(`${effect.answer}\n`), () => {});
    else if (effect.do === "await") this.#await(entry, effect.id, effect.what);
    else this.#close(entry, effect.id);
  }

  #await(entry: Entry, id: number, what: "handshake" | "partner"): void {
    const time = what === "handshake" ? this.#limits.handshakeMs : this.#limits.waitingMs;
    entry.deadline?.cancel();
    entry.deadline = this.#clock.after(time, () => this.#post({ on: "late", id }));
  }

  #pair(a: number, b: number): void {
    const [one, other] = [this.#entries.get(a), this.#entries.get(b)];
    if (!one || !other) return;
    one.deadline?.cancel();
    other.deadline?.cancel();
    const pair = createPair(one.client, other.client, this.#clock, this.#limits.idleMs, {
      ended: (client) => this.#post({ on: "gone", id: client === one.client ? a : b }),
      idle: () => this.#post({ on: "late", id: a }),
    });
    one.pair = other.pair = pair;
    this.#pairs.add(pair);
  }

  #close(entry: Entry, id: number): void {
    entry.deadline?.cancel();
    entry.pair?.dissolve();
    if (entry.pair) this.#pairs.delete(entry.pair);
    this.#entries.delete(id);
    entry.client.end();
  }
}
