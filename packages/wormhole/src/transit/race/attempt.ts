import { type Draws, Runner, type Unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import type { Clock, Timer } from "../../net/clock.ts";
import type { Connection, Receiver, StreamNetwork } from "../../net/connection.ts";
import type { Endpoint } from "../hints.ts";
import { INBOUND_DEADLINE } from "../limits.ts";
import type { Candidate } from "./candidates.ts";
import type { HandshakeEffect, HandshakeEvent } from "./handshake.ts";
import type { RaceEvent } from "./race.ts";
import { reasonOf } from "./reason.ts";
import type { Talk, Won } from "./talk.ts";

/** What an attempt tells the race about itself. */
export type Report = Extract<RaceEvent, { on: "connected" | "ready" | "chosen" | "failed" }>;

export interface AttemptOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** For each step of a candidate that we dial, milliseconds. */
  readonly deadline: number;
  readonly report: (report: Report) => void;
}

/** Drives one candidate: dials it, if it did not dial us, and does the talk. */
export class Attempt<S extends { at: string }> implements Receiver {
  readonly candidate: Candidate;
  readonly #options: AttemptOptions;
  readonly #abandon = new AbortController();
  #connection: Connection | null;
  #talk: Runner<S, HandshakeEvent, HandshakeEffect, Unexpected, Draws> | null = null;
  #deadline: Timer | null = null;
  #proved = false;
  #unwanted = false;
  #over = false;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(candidate: Candidate, options: AttemptOptions, connection: Connection | null = null) {
    this.candidate = candidate;
    this.#options = options;
    this.#connection = connection;
  }

  /** Connects and talks. */
  async dial(network: StreamNetwork, endpoint: Endpoint, talk: Talk<S>): Promise<void> {
    this.#expire();
    try {
      this.#connection = await network.dial(endpoint.host, endpoint.port, { signal: this.#abandon.signal });
    } catch (error) {
      this.#fail(reasonOf(error));
      return;
    }
    if (this.#over) {
      this.#connection.destroy();
      return;
    }
    this.#options.report({ on: "connected", id: this.candidate.id });
    this.#begin(this.#connection, talk);
  }

  /** Talks with somebody who has dialled us. */
  talk(talk: Talk<S>): void {
    if (this.#connection === null || this.#over) return;
    this.#expire();
    this.#begin(this.#connection, talk);
  }

  /** Tells the other side that this is the connection: after the `ready` report, and to one only. */
  choose(): void {
    this.#post({ on: "choose" });
  }

  /** Hangs up, with a last word where that is due. Nothing is reported any more. */
  drop(): void {
    this.#unwanted = true;
    this.#post({ on: "refuse" });
    this.#fail("not needed any more");
    this.#abandon.abort();
  }

  /** Gives the connection away, with what has come behind the talk: valid as long as the call that brought it. */
  handOver(): Won<S> | null {
    this.#end();
    if (this.#connection === null || this.#talk === null) return null;
    return { candidate: this.candidate, connection: this.#connection, state: this.#talk.state, rest: this.#rest };
  }

  chunk(bytes: Uint8Array): void {
    this.#post({ on: "bytes", bytes });
  }

  ended(error?: Error): void {
    this.#fail(error === undefined ? "the other side hung up" : reasonOf(error));
  }

  #begin(connection: Connection, talk: Talk<S>): void {
    const initial = talk.begin(this.candidate.kind === "relay");
    let present = initial.at;
    this.#talk = new Runner(talk.machine, initial, {
      random: this.#options.random,
      perform: (effect) => this.#perform(effect),
      // Each part of the handshake has its own deadline: at a relay, the wait for the peer is one of them.
      stepped: (_event, _effects, { at }) => {
        if (at !== present) this.#expire();
        present = at;
      },
      unexpected: () => this.#fail("the talk got out of order"),
    });
    connection.receive(this);
    this.#post({ on: "open" });
  }

  #post(event: HandshakeEvent): void {
    if (!this.#over) this.#talk?.post(event);
  }

  #perform(effect: HandshakeEffect): void {
    const { id } = this.candidate;
    switch (effect.do) {
      case "write":
        this.#connection?.write(effect.bytes);
        break;
      case "ready":
        this.#proved = true;
        this.#options.report({ on: "ready", id });
        break;
      case "chosen":
        this.#rest = effect.rest;
        this.#options.report({ on: "chosen", id });
        break;
      case "drop":
        this.#fail(effect.reason);
        break;
    }
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#end();
    if (this.#proved && this.#unwanted) void this.#connection?.end();
    else this.#connection?.destroy();
    if (!this.#unwanted) this.#options.report({ on: "failed", id: this.candidate.id, reason });
  }

  #end(): void {
    this.#over = true;
    this.#deadline?.cancel();
  }

  /** From now on there is so much time for the next step. */
  #expire(): void {
    this.#deadline?.cancel();
    const { clock, deadline } = this.#options;
    this.#deadline = clock.after(this.candidate.kind === "inbound" ? INBOUND_DEADLINE : deadline, () => {
      this.#fail("no answer");
      this.#abandon.abort();
    });
  }
}
