/** The driver of one candidate: it dials, performs the handshake, and reports to the race. */
import { type Draws, Runner, type Unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import type { Clock, Timer } from "../../net/clock.ts";
import type { Connection, Receiver, StreamNetwork } from "../../net/connection.ts";
import { reasonOf } from "../../net/system-errors.ts";
import { INBOUND_DEADLINE_MS } from "../limits.ts";
import { type Candidate, dial, type OutboundCandidate } from "./candidates.ts";
import type { HandshakeEffect, HandshakeEvent } from "./handshake.ts";
import type { HandshakeProtocol, Won } from "./handshake-protocol.ts";
import type { RaceEvent } from "./race.ts";

/** An event of the race that an attempt causes. */
export type Report = Extract<RaceEvent, { on: "connected" | "ready" | "chosen" | "failed" }>;

/** The parts that an attempt gets from the race's driver. */
export interface AttemptOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Time for each step of a candidate that this side dials. */
  readonly deadlineMs: number;
  readonly report: (report: Report) => void;
  /** Called if the far end of an accepted connection has sent a complete greeting with a wrong key. */
  readonly impostor: (from: string) => void;
}

/** The attempt to connect by one candidate. */
export class Attempt<S extends { at: string }> implements Receiver {
  readonly candidate: Candidate;
  readonly #options: AttemptOptions;
  readonly #dialling = new AbortController();
  #connection: Connection | null;
  #handshake: Runner<S, HandshakeEvent, HandshakeEffect, Unexpected, Draws> | null = null;
  #deadline: Timer | null = null;
  /** Whether both sides have proved that they have the key. */
  #proved = false;
  /** Whether the race has dropped this attempt. Then nothing more is reported. */
  #dropped = false;
  #over = false;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(candidate: Candidate, options: AttemptOptions, connection: Connection | null = null) {
    this.candidate = candidate;
    this.#options = options;
    this.#connection = connection;
  }

  /** Dials the candidate, then performs the handshake. */
  async dial(candidate: OutboundCandidate, network: StreamNetwork, protocol: HandshakeProtocol<S>): Promise<void> {
    this.#restartDeadline();
    try {
      this.#connection = await dial(candidate, network, { signal: this.#dialling.signal });
    } catch (error) {
      this.#fail(reasonOf(error));
      return;
    }
    if (this.#over) {
      this.#connection.destroy();
      return;
    }
    this.#options.report({ on: "connected", id: this.candidate.id });
    this.#begin(this.#connection, protocol);
  }

  /** Fails without dialling. */
  decline(reason: string): void {
    queueMicrotask(() => this.#fail(reason));
  }

  /** Performs the handshake on an accepted connection. */
  shakeHands(protocol: HandshakeProtocol<S>): void {
    if (this.#connection === null || this.#over) return;
    this.#restartDeadline();
    this.#begin(this.#connection, protocol);
  }

  /** Tells the peer that this connection is chosen. Called after the `ready` report, and for one attempt only. */
  choose(): void {
    this.#post({ on: "choose" });
  }

  /** Closes the connection. If the handshake has a message for that, it is sent first. Nothing more is reported. */
  drop(): void {
    this.#dropped = true;
    this.#post({ on: "refuse" });
    this.#fail("not needed any more");
    this.#dialling.abort();
  }

  /** Hands over the connection. `rest` is valid only during the call that caused the `chosen` report. */
  handOver(): Won<S> | null {
    this.#end();
    if (this.#connection === null || this.#handshake === null) return null;
    const { state } = this.#handshake;
    return { candidate: this.candidate, connection: this.#connection, state, rest: this.#rest };
  }

  chunk(bytes: Uint8Array): void {
    this.#post({ on: "bytes", bytes });
  }

  ended(error?: Error): void {
    this.#fail(error === undefined ? "the other side hung up" : reasonOf(error));
  }

  #begin(connection: Connection, protocol: HandshakeProtocol<S>): void {
    const initial = protocol.begin(this.candidate.relayed);
    let present = initial.at;
    this.#handshake = new Runner(protocol.machine, initial, {
      random: this.#options.random,
      perform: (effect) => this.#perform(effect),
      // Each step of the handshake has a deadline of its own. At a relay, waiting for the peer is one step.
      stepped: (_event, _effects, { at }) => {
        if (at !== present) this.#restartDeadline();
        present = at;
      },
      unexpected: () => this.#fail("the handshake received an unexpected event"),
    });
    connection.receive(this);
    this.#post({ on: "open" });
  }

  #post(event: HandshakeEvent): void {
    if (!this.#over) this.#handshake?.post(event);
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
        if (effect.impostor && this.candidate.inbound) this.#options.impostor(this.#connection?.description ?? "");
        this.#fail(effect.reason);
        break;
    }
  }

  #fail(reason: string): void {
    if (this.#over) return;
    this.#end();
    if (this.#proved && this.#dropped) void this.#connection?.end();
    else this.#connection?.destroy();
    if (!this.#dropped) this.#options.report({ on: "failed", id: this.candidate.id, reason });
  }

  #end(): void {
    this.#over = true;
    this.#deadline?.cancel();
  }

  /** Gives the next step its full time. */
  #restartDeadline(): void {
    this.#deadline?.cancel();
    const { clock, deadlineMs } = this.#options;
    this.#deadline = clock.after(this.candidate.inbound ? INBOUND_DEADLINE_MS : deadlineMs, () => {
      this.#fail("no answer");
      this.#dialling.abort();
    });
  }
}
