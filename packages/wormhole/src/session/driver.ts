/** Runs a session: carries out its effects with sockets and timers, and turns what happens into its events. */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Journal } from "../base/journal.ts";
import { Once } from "../base/once.ts";
import { mintStamp, stampPrefix } from "../crypto/hashcash.ts";
import type { Timer } from "../net/clock.ts";
import type { MessageSocket } from "../net/message-socket.ts";
import type { Platform } from "../platform/platform.ts";
import type { SessionEffect, SessionEvent, TimerName, WormholeEvent } from "./events.ts";
import type { Saved } from "./saved/saved-shape.ts";
import { type Session, step } from "./session.ts";
import type { Watch } from "./watch.ts";

/** Longest wait for sockets to close. Those of this library close earlier. */
const SHUT_DOWN_MS = 3_000;

/** The parts of a driver. Its callbacks must not throw. */
export interface DriverOptions extends Saved {
  readonly platform: Platform;
  readonly journal: Journal;
  /** Receives the events for the application. */
  readonly tell: (event: WormholeEvent) => void;
  /** Called after every step. */
  readonly changed: () => void;
  /** Called with every step, for records. */
  readonly watch?: Watch | undefined;
}

/** Runs one session, from its start or from a saved state. */
export class SessionDriver {
  readonly #options: DriverOptions;
  readonly #timers = new Map<TimerName, Timer>();
  readonly #untold: WormholeEvent[];
  #session: Session;
  #telling = false;
  #abandoned = false;
  #socket: MessageSocket | undefined;
  #minting: Timer | undefined;
  /** Sockets that were hung up and have not closed yet. */
  readonly #closing = new Set<MessageSocket>();
  readonly #shutDown: Once<void>[] = [];
  /** The error of the system that ended the last connection. It is not part of the state, which is plain data. */
  #cause: unknown;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#session = options.session;
    this.#untold = [...options.untold];
  }

  /** The whole wormhole, as it can be saved at this moment. */
  get saved(): Saved {
    const { relayUrl, tor } = this.#options;
    return { relayUrl, tor, session: this.#session, untold: [...this.#untold] };
  }

  /** The error of the system that ended the last connection, if there was one. */
  get cause(): unknown {
    return this.#cause;
  }

  /** The present session. */
  get session(): Session {
    return this.#session;
  }

  /**
   * Takes the session one event further, at once.
   *
   * First the application receives its events, then the journal saves the state, then the other effects are carried out.
   * An event that occurs meanwhile causes a step of its own: no callback ever runs in the middle of a transition.
   */
  post(event: SessionEvent): void {
    if (this.#abandoned) return;
    const { journal, platform, watch } = this.#options;
    const [session, effects] = step(this.#session, event, platform.random);
    watch?.(event, effects, session);
    // If nothing has changed, as after an `ack`, there is nothing to report and nothing to save.
    if (session === this.#session && effects.length === 0 && this.#untold.length === 0) return;
    journal.process(() => this.#advance(session, effects));
  }

  /** Whether {@link abandon} was called. */
  get abandoned(): boolean {
    return this.#abandoned;
  }

  /** Stops everything as if the process had ended. The server sees a lost connection. */
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
    // If the application abandons the wormhole during an event, the remaining events stay in the saved state.
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

  /** Opens a socket. Events of a socket that has been replaced or hung up are ignored. */
  #open(): void {
    const current = () => this.#socket === socket;
    const socket: MessageSocket = this.#options.platform.openMessageSocket(this.#options.relayUrl, {
      opened: () => current() && this.post({ do: "opened" }),
      received: (text) => current() && this.post({ do: "received", text }),
      closed: ({ failure, detail, cause }) => {
        if (!current()) return this.#gone(socket);
        this.#cause = cause;
        this.#socket = undefined;
        this.#minting?.cancel();
        this.post({ do: "lost", failure, detail });
      },
    });
    this.#socket = socket;
  }

  /** Makes a stamp for the present connection. If the connection is lost first, the work ends. */
  #mint(bits: number, resource: string): void {
    const { platform } = this.#options;
    const date = new Date().toISOString().slice(2, 10).replaceAll("-", "");
    const prefix = stampPrefix(bits, date, resource, bytesToHex(platform.random(8)));
    this.#minting = mintStamp(prefix, bits, platform.clock, (stamp) => this.post({ do: "minted", stamp }));
  }

  #hangUp(): void {
    this.#minting?.cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    this.#closing.add(socket);
    socket.close();
  }

  /** Resolves when every socket that was hung up has closed, or after {@link SHUT_DOWN_MS}. It never rejects. */
  async shutDown(): Promise<void> {
    // The last socket is hung up when the application has been told about the end.
    await Promise.resolve();
    if (this.#closing.size === 0) return;
    const over = new Once<void>();
    this.#shutDown.push(over);
    const timer = this.#options.platform.clock.after(SHUT_DOWN_MS, () => over.resolve());
    await over.promise;
    timer.cancel();
  }

  #gone(socket: MessageSocket): void {
    this.#closing.delete(socket);
    if (this.#closing.size === 0) for (const over of this.#shutDown.splice(0)) over.resolve();
  }

  #setTimer(name: TimerName, after: number): void {
    this.#cancelTimer(name);
    const timer = this.#options.platform.clock.after(after, () => {
      this.#timers.delete(name);
      this.post({ do: "fired", name });
    });
    this.#timers.set(name, timer);
  }

  #cancelTimer(name: TimerName): void {
    this.#timers.get(name)?.cancel();
    this.#timers.delete(name);
  }
}
