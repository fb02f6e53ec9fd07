/** Carries out the rules: turns what clients do into events, and effects into words, pairs, timers and closed sockets. */
import type { Client } from "./client.ts";
import type { Clock, Timer } from "./clock.ts";
import { createPair, type Pair } from "./pair.ts";
import { createLobby, type Effect, type Event, type Lobby, type LobbyLimits, step, type Word } from "./rules.ts";

/** How long one may wait, in milliseconds, and how many may. */
export interface SwitchboardLimits extends Partial<LobbyLimits> {
  readonly handshakeTime: number;
  readonly waitingTime: number;
  readonly idleTime: number;
}

/** What a relay is doing at this moment. */
export interface RelayStatus {
  /** Clients without a partner. */
  readonly waiting: number;
  /** Pairs between which bytes are carried. */
  readonly pairs: number;
  /** Bytes of all pairs that were received and not yet handed to the network. */
  readonly buffered: number;
}

interface Seat {
  readonly client: Client;
  deadline?: Timer;
  pair?: Pair;
}

const words = new TextEncoder();

/** Where clients arrive, wait and are paired. */
export class Switchboard {
  readonly #clock: Clock;
  readonly #limits: SwitchboardLimits;
  readonly #lobby: Lobby;
  readonly #seats = new Map<number, Seat>();
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

  /** Takes in a new client. */
  arrive(client: Client): void {
    const id = this.#nextId++;
    this.#seats.set(id, { client });
    this.#happened({ on: "arrived", id });
    client.receive({
      bytes: (chunk, release) => {
        const verdict = client.listen(chunk);
        release?.();
        if (verdict) this.#happened({ ...verdict, id });
      },
      ended: () => this.#happened({ on: "gone", id }),
    });
  }

  /** Lets everybody go. */
  close(): void {
    for (const id of [...this.#seats.keys()]) this.#happened({ on: "gone", id });
  }

  #happened(event: Event): void {
    for (const effect of step(this.#lobby, event)) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    if (effect.do === "pair") this.#pair(...effect.ids);
    else this.#performFor(effect, this.#seats.get(effect.id));
  }

  #performFor(effect: Exclude<Effect, { do: "pair" }>, seat: Seat | undefined): void {
    if (!seat) return;
    if (effect.do === "say") this.#say(seat.client, effect.word);
    else if (effect.do === "await") this.#await(seat, effect.id, effect.what);
    else this.#close(seat, effect.id);
  }

  #say(client: Client, word: Word): void {
    client.write(words.encode(`${word}\n`), () => {});
  }

  #await(seat: Seat, id: number, what: "handshake" | "partner"): void {
    const time = what === "handshake" ? this.#limits.handshakeTime : this.#limits.waitingTime;
    seat.deadline?.cancel();
    seat.deadline = this.#clock.after(time, () => this.#happened({ on: "late", id }));
  }

  #pair(a: number, b: number): void {
    const [one, other] = [this.#seats.get(a), this.#seats.get(b)];
    if (!one || !other) return;
    one.deadline?.cancel();
    other.deadline?.cancel();
    const pair = createPair(one.client, other.client, this.#clock, this.#limits.idleTime, {
      ended: (who) => this.#happened({ on: "gone", id: who === one.client ? a : b }),
      idle: () => this.#happened({ on: "late", id: a }),
    });
    one.pair = other.pair = pair;
    this.#pairs.add(pair);
  }

  #close(seat: Seat, id: number): void {
    seat.deadline?.cancel();
    seat.pair?.dissolve();
    if (seat.pair) this.#pairs.delete(seat.pair);
    this.#seats.delete(id);
    seat.client.end();
  }
}
