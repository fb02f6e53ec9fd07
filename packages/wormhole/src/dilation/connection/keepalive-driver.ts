/** Runs the keep-alive machine: its timer, and the pings that it asks for. */
import { Runner } from "../../base/machine.ts";
import type { Clock, Timer } from "../../net/clock.ts";
import { PROBE_DEADLINE_MS } from "../limits.ts";
import { type KeepaliveEffect, type KeepaliveEvent, type KeepaliveState, keepalive } from "./keepalive.ts";

/** The connection that is watched. */
export interface Watched {
  /** Whether this side has stopped reading. */
  isPaused(): boolean;
  /** Whether a frame has come since the last call. */
  received(): boolean;
  ping(): void;
  /** The peer does not answer. */
  dead(): void;
}

export class KeepaliveDriver {
  readonly #clock: Clock;
  readonly #thirdMs: number;
  readonly #watched: Watched;
  readonly #keepalive: Runner<KeepaliveState, KeepaliveEvent, KeepaliveEffect>;
  #timer: Timer | null = null;

  /** The peer is considered dead after `intervalMs` milliseconds of silence. */
  constructor(clock: Clock, intervalMs: number, watched: Watched) {
    this.#clock = clock;
    this.#thirdMs = intervalMs / 3;
    this.#watched = watched;
    this.#keepalive = new Runner(keepalive, { at: "off" }, { perform: (effect) => this.#perform(effect) });
  }

  connected(): void {
    this.#keepalive.post({ on: "connected", third: this.#thirdMs });
  }

  lost(): void {
    this.#keepalive.post({ on: "lost" });
  }

  /** Gives the connection a short time to answer, because there is reason to believe that it is dead. */
  doubt(): void {
    this.#watched.received();
    this.#keepalive.post({ on: "doubt", within: Math.min(PROBE_DEADLINE_MS, this.#thirdMs) });
  }

  #tick(): void {
    const paused = this.#watched.isPaused();
    const received = this.#watched.received();
    // A side that does not read receives no answers. The ping still shows the peer that this side is there.
    if (paused) this.#watched.ping();
    this.#keepalive.post({ on: "tick", received: received || paused });
  }

  #perform(effect: KeepaliveEffect): void {
    switch (effect.do) {
      case "ping":
        return this.#watched.ping();
      case "timer":
        this.#timer?.cancel();
        this.#timer = this.#clock.after(effect.after, () => this.#tick());
        return;
      case "cancel":
        return this.#timer?.cancel();
      case "dead":
        return this.#watched.dead();
    }
  }
}
