/** The driver of a race: it turns effects into attempts and timers, and their results into events. */
import { Runner, type Unexpected } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import { TransitError } from "../../errors.ts";
import type { Timer } from "../../net/clock.ts";
import type { Connection } from "../../net/connection.ts";
import { reasonOf } from "../../net/system-errors.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Endpoint } from "../hints.ts";
import type { TransitRole } from "../keys.ts";
import { ATTEMPT_DEADLINE_MS } from "../limits.ts";
import { Attempt } from "./attempt.ts";
import {
  type Candidate,
  inboundCandidate,
  type OutboundCandidate,
  outboundCandidates,
  ownCandidates,
} from "./candidates.ts";
import type { HandshakeProtocol, Won } from "./handshake-protocol.ts";
import { type FirstRecord, ProvingConnection } from "./proving-connection.ts";
import { awaitStart, type RaceEvent, type RaceState, race } from "./race.ts";
import type { Failure, RaceEffect, RaceTimer } from "./race-state.ts";
import { StrangerLimit } from "./stranger-limit.ts";
import type { Ways } from "./usable.ts";
import type { RaceWatch } from "./watch.ts";

/** Options that a race has from its beginning. */
export interface RaceOptions {
  readonly role: TransitRole;
  readonly platform: Platform;
  /** This side's own relays. */
  readonly relays: readonly Endpoint[];
  /** Whether a receiver keeps all candidates until the first record of the chosen one has opened. Default: false. */
  readonly proving?: boolean | undefined;
  /** Time for each step of a candidate that this side dials. Default {@link ATTEMPT_DEADLINE_MS}. */
  readonly attemptDeadlineMs?: number;
  /** Whether an endpoint that the peer has named may be dialled now. Default: always. */
  readonly mayDial?: ((endpoint: Endpoint) => boolean) | undefined;
  /** Called after each step. */
  readonly watch?: RaceWatch | undefined;
}

/** Options that a race gets at its start. */
export interface StartOptions<S extends { at: string }, R> {
  readonly protocol: HandshakeProtocol<S>;
  /**
   * Turns the chosen connection into the result of the race. Called once, while `won.rest` is valid. If it throws, the
   * connection is dropped, and the race has failed.
   */
  readonly onWon: (won: Won<S>) => R;
  /** How the first record is recognised, if the race is `proving`. */
  readonly firstRecord?: FirstRecord;
}

/** One race. Its result is made by {@link StartOptions.onWon}. */
export class RaceDriver<S extends { at: string }, R> {
  readonly #role: TransitRole;
  readonly #platform: Platform;
  readonly #attemptDeadlineMs: number;
  readonly #mayDial: (endpoint: Endpoint) => boolean;
  readonly #strangers = new StrangerLimit();
  readonly #attempts = new Map<number, Attempt<S>>();
  readonly #timers = new Map<RaceTimer, Timer>();
  readonly #result = new Once<R>();
  readonly #over = new Once<void>();
  /** The connection of the result, if its candidate has not proved itself when it is chosen. */
  #proving: ProvingConnection | null = null;
  readonly #race: Runner<RaceState, RaceEvent, RaceEffect, Unexpected>;
  #started: StartOptions<S, R> | null = null;
  #lastId = 0;

  constructor({ role, platform, relays, watch, ...limits }: RaceOptions) {
    this.#role = role;
    this.#platform = platform;
    this.#attemptDeadlineMs = limits.attemptDeadlineMs ?? ATTEMPT_DEADLINE_MS;
    this.#mayDial = limits.mayDial ?? (() => true);
    const own = ownCandidates(relays, () => this.#nextId());
    this.#race = new Runner(race, awaitStart(role, own, limits.proving), {
      perform: (effect) => this.#perform(effect),
      stepped: watch,
      unexpected: () => this.close(new TransitError("The race for a connection received an unexpected event.")),
    });
  }

  /** Resolves when the race is over: won for good, lost or closed. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Adds endpoints from the hints of the peer. */
  hinted(ways: Ways): void {
    this.#post({ on: "hints", candidates: outboundCandidates(ways, () => this.#nextId()) });
  }

  /** Adds a connection that was accepted. */
  accepted(connection: Connection): void {
    if (this.#strangers.isIgnored(connection.description)) {
      connection.destroy();
      return;
    }
    const candidate = inboundCandidate(this.#nextId(), connection.description);
    this.#attempts.set(candidate.id, this.#attempt(candidate, connection));
    this.#post({ on: "accepted", candidate });
  }

  /**
   * Starts the race, once. `listening` says whether the peer can dial this side.
   * @throws {TransitError} if no connection can be made; @throws the reason of {@link close}
   */
  start(options: StartOptions<S, R>, listening: boolean): Promise<R> {
    if (this.#started === null) {
      this.#started = options;
      this.#post({ on: "start", listening });
    }
    return this.#result.promise;
  }

  /** Drops everything except a connection that was won, or is used without a proof so far. */
  close(reason: unknown): void {
    this.#post({ on: "close" });
    this.#result.reject(reason);
  }

  #post(event: RaceEvent): void {
    this.#race.post(event);
    if (event.on === "failed") this.#attempts.delete(event.id);
    if (this.#race.state.at !== "over") return;
    this.#cancelTimers();
    this.#over.resolve();
  }

  #perform(effect: RaceEffect): void {
    switch (effect.do) {
      case "dial":
        this.#dial(effect.candidate);
        break;
      case "handshake":
        if (this.#started !== null) this.#attempts.get(effect.id)?.shakeHands(this.#started.protocol);
        break;
      case "drop":
        this.#proving?.drop(effect.id);
        this.#attempts.get(effect.id)?.drop();
        this.#attempts.delete(effect.id);
        break;
      case "elect":
        this.#elect(effect.id);
        break;
      case "win":
        this.#win(effect.id);
        break;
      case "lose":
        this.#result.reject(lost(effect.failures));
        break;
      case "timer":
        this.#setTimer(effect.name, effect.after);
        break;
    }
  }

  #dial(candidate: OutboundCandidate): void {
    const { network } = this.#platform;
    if (network === undefined || this.#started === null) return;
    const attempt = this.#attempt(candidate);
    this.#attempts.set(candidate.id, attempt);
    if (candidate.isOurs || this.#mayDial(candidate.endpoint)) {
      attempt.dial(candidate, network, this.#started.protocol).catch((error) => attempt.decline(reasonOf(error)));
    } else attempt.decline("it was tried too often");
  }

  /** Uses a chosen candidate. The first one makes the result. */
  #elect(id: number): void {
    const won = this.#handOver(id);
    const firstRecord = this.#started?.firstRecord;
    if (won === null || firstRecord === undefined) return;
    const isFirst = this.#proving === null;
    this.#proving ??= new ProvingConnection(firstRecord, {
      proved: (proved) => this.#post({ on: "proved", id: proved }),
      doubted: (doubted) => this.#post({ on: "doubted", id: doubted }),
      dropped: () => this.#post({ on: "close" }),
    });
    const connection = this.#proving;
    connection.add(id, won.connection, won.candidate.description, won.rest);
    if (isFirst) this.#succeed({ ...won, connection, rest: new Uint8Array(0) });
  }

  #win(id: number): void {
    if (this.#proving !== null) return this.#proving.settle(id);
    const attempt = this.#attempts.get(id);
    if (this.#role === "sender") attempt?.choose();
    const won = this.#handOver(id);
    if (won !== null) this.#succeed(won);
  }

  #handOver(id: number): Won<S> | null {
    const attempt = this.#attempts.get(id);
    this.#attempts.delete(id);
    return attempt?.handOver() ?? null;
  }

  #succeed(won: Won<S>): void {
    if (this.#started === null) return;
    try {
      this.#result.resolve(this.#started.onWon(won));
    } catch (error) {
      won.connection.destroy();
      this.#result.reject(error);
    }
  }

  #attempt(candidate: Candidate, connection: Connection | null = null): Attempt<S> {
    const { clock, random } = this.#platform;
    const report = (event: RaceEvent) => this.#post(event);
    const impostor = (from: string) => this.#strangers.greetedWrongly(from);
    return new Attempt(candidate, { clock, random, deadlineMs: this.#attemptDeadlineMs, report, impostor }, connection);
  }

  #nextId(): number {
    this.#lastId++;
    return this.#lastId;
  }

  #setTimer(name: RaceTimer, after: number): void {
    this.#timers.get(name)?.cancel();
    this.#timers.set(
      name,
      this.#platform.clock.after(after, () => this.#post({ on: name })),
    );
  }

  #cancelTimers(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}

/** The error of a lost race, with every way that was tried. Ways that failed for the same reason stand together. */
function lost(failures: readonly Failure[]): TransitError {
  const byReason = new Map<string, string[]>();
  for (const { way, reason } of failures) byReason.set(reason, [...(byReason.get(reason) ?? []), way]);
  const tried = [...byReason].map(([reason, ways]) => `${ways.join(", ")} (${reason})`);
  const all = tried.length > 0 ? `tried ${tried.join("; ")}` : "there was no address to try";
  return new TransitError(`No connection to the other side could be made: ${all}.`);
}
