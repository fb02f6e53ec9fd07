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
  #talk: Talk<S> | null = null;
  #state: S | null = null;
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
    this.#step({ on: "choose" });
  }

  /** Hangs up, with a last word where that is due. Nothing is reported any more. */
  drop(): void {
    this.#unwanted = true;
    this.#step({ on: "refuse" });
    this.#fail("not needed any more");
    this.#abandon.abort();
  }

  /** Gives the connection away, with what has come behind the talk: valid as long as the call that brought it. */
  handOver(): Won<S> | null {
    this.#end();
    if (this.#connection === null || this.#state === null) return null;
    return { candidate: this.candidate, connection: this.#connection, state: this.#state, rest: this.#rest };
  }

  chunk(bytes: Uint8Array): void {
    this.#step({ on: "bytes", bytes });
  }

  ended(error?: Error): void {
    this.#fail(error === undefined ? "the other side hung up" : reasonOf(error));
  }

  #begin(connection: Connection, talk: Talk<S>): void {
    this.#talk = talk;
    this.#state = talk.begin(this.candidate.kind === "relay");
    connection.receive(this);
    this.#step({ on: "open" });
  }

  #step(event: HandshakeEvent): void {
    if (this.#over || this.#talk === null || this.#state === null) return;
    const step = this.#talk.machine.step(this.#state, event, this.#options.random);
    if (step === "unexpected") {
      this.#fail("the talk got out of order");
      return;
    }
    const [state, ...effects] = step;
    // Each part of the talk has its time: nobody knows when the other side comes to a relay where we wait.
    if (state.at !== this.#state.at) this.#expire();
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
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
