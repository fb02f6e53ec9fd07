/** Runs a session: turns its effects into sockets and timers, and what happens into its events. */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Journal } from "../base/journal.ts";
import { mintStamp, stampPrefix } from "../crypto/hashcash.ts";
import type { Timer } from "../net/clock.ts";
import type { MessageSocket } from "../net/message-socket.ts";
import type { Platform } from "../platform/platform.ts";
import type { WormholeEvent } from "./machines/boss.ts";
import type { TimerName } from "./machines/effects.ts";
import type { Saved } from "./saved/serialize.ts";
import { type Session, type SessionEffect, type SessionEvent, step } from "./session.ts";
import type { Watch } from "./watch.ts";

/** What a driver needs. `tell` gets what the application is to see; neither function may throw. */
export interface DriverOptions extends Saved {
  readonly platform: Platform;
  readonly journal: Journal;
  readonly tell: (event: WormholeEvent) => void;
  /** Called after every step. */
  readonly changed: () => void;
  /** Sees every step from outside. */
  readonly watch?: Watch | undefined;
}

export class SessionDriver {
  readonly #options: DriverOptions;
  readonly #timers = new Map<TimerName, Timer>();
  readonly #untold: WormholeEvent[];
  #session: Session;
  #telling = false;
  #abandoned = false;
  #socket: MessageSocket | undefined;
  #minting: Timer | undefined;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#untold = [...options.untold];
  }

  /** The whole state, as it may be saved at this moment. */
  get saved(): Saved {
    const { relayUrl, tor } = this.#options;
    return { relayUrl, tor, session: this.#session, untold: [...this.#untold] };
  }

  get session(): Session {
    return this.#session;
  }

  /**
   * Takes the session a step further, at once. The application sees what happened before the journal saves it;
   * sockets and timers are touched after. An event that is caused meanwhile makes a step of its own, and adds to what
   * is to be told: no callback ever runs in the middle of a transition.
   */
  dispatch(event: SessionEvent): void {
    if (this.#abandoned) return;
    const { journal, platform, watch } = this.#options;
    const [session, effects] = step(this.#session, event, platform.random);
    watch?.(event, effects, session);
    // Such as an ack: nothing to tell, and nothing to save.
    if (session === this.#session && effects.length === 0 && this.#untold.length === 0) return;
    journal.process(() => this.#advance(session, effects));
  }

  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Lets go of everything, as if the process had ended: the server sees a lost connection. */
  abandon(): void {
    this.#abandoned = true;
    for (const name of this.#timers.keys()) this.#cancelTimer(name);
    this.#hangUp();
  }

  #advance(session: Session, effects: SessionEffect[]): void {
    const { journal, changed } = this.#options;
    this.#session = session;
    for (const effect of effects) {
      if (effect.do === "tell") this.#untold.push(effect.event);
      else journal.queueOutbound(() => this.#perform(effect));
    }
    this.#tellAll();
    changed();
  }

  #tellAll(): void {
    if (this.#telling) return;
    this.#telling = true;
    // Who lets go while being told keeps what was not told: it is saved.
    while (!this.#abandoned) {
      const event = this.#untold.shift();
      if (!event) break;
      this.#options.tell(event);
    }
    this.#telling = false;
  }

  #perform(effect: Exclude<SessionEffect, { do: "tell" }>): void {
    if (this.#abandoned) return;
    switch (effect.do) {
      case "open":
        return this.#open();
      case "transmit":
        return this.#socket?.send(effect.text);
      case "mint":
        return this.#mint(effect.bits, effect.resource);
      case "hangUp":
        return this.#hangUp();
      case "probe":
        return this.#socket?.probe?.();
      case "setTimer":
        return this.#setTimer(effect.name, effect.after);
      case "cancelTimer":
        return this.#cancelTimer(effect.name);
    }
  }

  /** A socket that was replaced or hung up is no longer heard. */
  #open(): void {
    const current = () => this.#socket === socket;
    const socket: MessageSocket = this.#options.platform.openMessageSocket(this.#options.relayUrl, {
      opened: () => current() && this.dispatch({ do: "opened" }),
      received: (text) => current() && this.dispatch({ do: "received", text }),
      closed: ({ failure, detail }) => {
        if (!current()) return;
        this.#socket = undefined;
        this.#minting?.cancel();
        this.dispatch({ do: "lost", failure, detail });
      },
    });
    this.#socket = socket;
  }

  /** A stamp is for one connection: if that is lost, the work on the stamp ends. */
  #mint(bits: number, resource: string): void {
    const { platform } = this.#options;
    const date = new Date().toISOString().slice(2, 10).replaceAll("-", "");
    const prefix = stampPrefix(bits, date, resource, bytesToHex(platform.random(8)));
    this.#minting = mintStamp(prefix, bits, platform.clock, (stamp) => this.dispatch({ do: "minted", stamp }));
  }

  #hangUp(): void {
    this.#minting?.cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #setTimer(name: TimerName, after: number): void {
    this.#cancelTimer(name);
    const timer = this.#options.platform.clock.after(after, () => {
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
