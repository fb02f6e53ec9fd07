/** Runs a session: turns its effects into sockets and timers, and what happens into its events. */
import type { Timer } from "../net/clock.ts";
import type { MessageSocket } from "../net/message-socket.ts";
import type { Platform } from "../platform/platform.ts";
import type { WormholeEvent } from "./boss.ts";
import type { TimerName } from "./effects.ts";
import { type Session, type SessionEffect, type SessionEvent, step } from "./session.ts";

export class SessionDriver {
  readonly #platform: Platform;
  readonly #url: string;
  readonly #tell: (event: WormholeEvent) => void;
  readonly #changed: () => void;
  readonly #timers = new Map<TimerName, Timer>();
  readonly #pending: SessionEffect[] = [];
  #session: Session;
  #performing = false;
  #socket: MessageSocket | undefined;

  /**
   * `tell` gets what the application is to see, `changed` is called after every step. Neither may throw; both may
   * call {@link dispatch}.
   */
  constructor(
    platform: Platform,
    url: string,
    session: Session,
    tell: (event: WormholeEvent) => void,
    changed: () => void = () => {},
  ) {
    this.#platform = platform;
    this.#url = url;
    this.#session = session;
    this.#tell = tell;
    this.#changed = changed;
  }

  get session(): Session {
    return this.#session;
  }

  /**
   * Takes the session a step further, at once; then carries out the effects. An effect that causes another event only
   * adds to the list, so that no callback ever runs in the middle of a transition.
   */
  dispatch(event: SessionEvent): void {
    const [session, effects] = step(this.#session, event, this.#platform.random);
    this.#session = session;
    this.#pending.push(...effects);
    if (this.#performing) return;
    this.#performing = true;
    for (let effect = this.#pending.shift(); effect; effect = this.#pending.shift()) this.#perform(effect);
    this.#performing = false;
    this.#changed();
  }

  #perform(effect: SessionEffect): void {
    switch (effect.do) {
      case "open":
        return this.#open();
      case "transmit":
        return this.#socket?.send(effect.text);
      case "hangUp":
        return this.#hangUp();
      case "setTimer":
        return this.#setTimer(effect.name, effect.after);
      case "cancelTimer":
        return this.#cancelTimer(effect.name);
      case "tell":
        return this.#tell(effect.event);
    }
  }

  /** A socket that was replaced or hung up is no longer heard. */
  #open(): void {
    const current = () => this.#socket === socket;
    const socket: MessageSocket = this.#platform.openMessageSocket(this.#url, {
      opened: () => current() && this.dispatch({ do: "opened" }),
      received: (text) => current() && this.dispatch({ do: "received", text }),
      closed: ({ failure, detail }) => {
        if (!current()) return;
        this.#socket = undefined;
        this.dispatch({ do: "lost", failure, detail });
      },
    });
    this.#socket = socket;
  }

  #hangUp(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #setTimer(name: TimerName, after: number): void {
    this.#cancelTimer(name);
    const timer = this.#platform.clock.after(after, () => {
      this.#timers.delete(name);
      this.dispatch({ do: "fired", name });
    });
    this.#timers.set(name, timer);
  }

  #cancelTimer(name: TimerName): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }
}
