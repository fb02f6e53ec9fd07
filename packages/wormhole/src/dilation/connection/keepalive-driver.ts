import { Runner } from "../../base/machine.ts";
import type { Clock, Timer } from "../../net/clock.ts";
import { PROBE_DEADLINE } from "../limits.ts";
import { type KeepaliveEffect, type KeepaliveEvent, type KeepaliveState, keepalive } from "./keepalive.ts";

/** What the watch over a connection asks, and wants to be done. */
export interface Watched {
  /** We have stopped reading. */
  isPaused(): boolean;
  /** Whether anything has come since the last question. */
  heard(): boolean;
  ping(): void;
  dead(): void;
}

/** Runs the keep-alive machine: its one timer, and what it asks for. */
export class KeepaliveDriver {
  readonly #clock: Clock;
  readonly #third: number;
  readonly #watched: Watched;
  readonly #keepalive: Runner<KeepaliveState, KeepaliveEvent, KeepaliveEffect>;
  #timer: Timer | null = null;

  /** `interval`: after so many milliseconds of silence the other side counts as dead. */
  constructor(clock: Clock, interval: number, watched: Watched) {
    this.#clock = clock;
    this.#third = interval / 3;
    this.#watched = watched;
    this.#keepalive = new Runner(keepalive, { at: "off" }, { perform: (effect) => this.#perform(effect) });
  }

  linked(): void {
    this.#keepalive.post({ on: "linked", third: this.#third });
  }

  lost(): void {
    this.#keepalive.post({ on: "lost" });
  }

  /** There is reason to think that the connection is dead. */
  doubt(): void {
    this.#watched.heard();
    this.#keepalive.post({ on: "doubt", within: Math.min(PROBE_DEADLINE, this.#third) });
  }

  #tick(): void {
    const paused = this.#watched.isPaused();
    const heard = this.#watched.heard();
    // Whoever does not read hears nothing, and says at least that it is there.
    if (paused) this.#watched.ping();
    this.#keepalive.post({ on: "tick", heard: heard || paused });
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
