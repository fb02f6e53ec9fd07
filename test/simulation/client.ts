/** A client of the simulated world: a session, the application on it, and a process that may die. */

import type { Random } from "../../packages/wormhole/src/base/random.ts";
import { SPAKE2_ENTROPY } from "../../packages/wormhole/src/crypto/spake2.ts";
import { parseCode } from "../../packages/wormhole/src/session/code-words.ts";
import type { WormholeEvent } from "../../packages/wormhole/src/session/machines/boss.ts";
import { to } from "../../packages/wormhole/src/session/machines/effects.ts";
import { deserialize, serialize } from "../../packages/wormhole/src/session/saved/serialize.ts";
import {
  newSession,
  type Session,
  type SessionEffect,
  type SessionEvent,
  step,
} from "../../packages/wormhole/src/session/session.ts";
import type { Chance } from "./chance.ts";
import type { Server, Socket } from "./server.ts";
import type { Timeline } from "./timeline.ts";

/**
 * Halves of a key exchange come from a pool of each client's own, so that two sides never draw the same; the words of
 * a code are always the same two. All else is as random as the seed.
 */
function drawing(chance: Chance, pool: number): Random {
  return (length) => {
    if (length === SPAKE2_ENTROPY) return new Uint8Array(length).fill(pool * 8 + chance.number(8));
    return length === 2 ? Uint8Array.of(7, 7) : chance.bytes(length);
  };
}

/** What the application remembers; saved together with the session. */
interface Application {
  readonly seen: WormholeEvent[];
  sent: number;
  /** Control messages of dilation that it has sent. */
  dilated: number;
}

/** Too many messages: `phases` says of which kind; the series may leave out its beginning. */
export interface Flood {
  readonly phases: "numbered" | "dilate" | "other";
  readonly messages: number;
  readonly gap: number;
}

export class Client {
  readonly name: string;
  readonly #time: Timeline;
  readonly #server: Server;
  readonly #chance: Chance;
  readonly #random: Random;
  readonly #timers = new Map<string, () => void>();
  readonly #complain: (fault: string) => void;
  /** Dies at one step in so many; 0 for never. */
  crashes = 0;
  alive = true;
  session: Session;
  application: Application = { seen: [], sent: 0, dilated: 0 };
  /** A session never changes: the checkpoint is written out only when somebody goes on from it. */
  #checkpoint: { session: Session; seen: number; sent: number; dilated: number };
  #socket: Socket | undefined;
  #life = 0;

  constructor(
    name: string,
    world: { time: Timeline; server: Server; chance: Chance; complain: (fault: string) => void },
    options: { pool: number; crashes: number },
  ) {
    this.name = name;
    this.#time = world.time;
    this.#server = world.server;
    this.#chance = world.chance;
    this.#complain = (fault) => world.complain(`${name}: ${fault}`);
    this.#random = drawing(world.chance, options.pool);
    this.crashes = options.crashes;
    this.session = newSession(
      { appId: "sim", versions: { from: name }, client: ["sim", "1"], dilation: true },
      this.#random,
    );
    this.#checkpoint = { session: this.session, seen: 0, sent: 0, dilated: 0 };
  }

  get side(): string {
    return this.session.send.side;
  }

  get ended(): WormholeEvent | undefined {
    return this.application.seen.find(({ type }) => type === "closed");
  }

  start(): void {
    this.#dispatch({ do: "begun" });
  }

  allocate(): void {
    if (this.session.code.at === "none") this.#dispatch(to("code", { on: "allocate", words: 2 }));
  }

  input(): void {
    if (this.session.code.at === "none") this.#dispatch(to("code", { on: "input" }));
    if (this.session.code.at === "choosingNameplate") this.#dispatch(to("code", { on: "refreshNameplates" }));
  }

  enter(code: string): void {
    const { nameplate, words } = parseCode(code);
    const { at } = this.session.code;
    if (at === "none") this.#dispatch(to("code", { on: "set", nameplate, words }));
    if (at === "choosingNameplate") this.#dispatch(to("code", { on: "chooseNameplate", nameplate }));
    if (this.session.code.at === "choosingWords") this.#dispatch(to("code", { on: "chooseWords", words }));
  }

  send(): void {
    if (this.#isLeaving) return;
    const plaintext = new TextEncoder().encode(`${this.name} ${this.application.sent++}`);
    this.#dispatch(to("boss", { on: "send", plaintext }));
  }

  /** Sends a control message of dilation. */
  dilate(): void {
    if (this.#isLeaving) return;
    const plaintext = new TextEncoder().encode(`${this.name} control ${this.application.dilated++}`);
    this.#dispatch(to("boss", { on: "dilate", plaintext }));
  }

  get #isLeaving(): boolean {
    const { at } = this.session.boss;
    return !this.alive || at === "closing" || at === "closed";
  }

  /** Its dilation waits for the server. */
  hurry(): void {
    this.#dispatch(to("link", { on: "hurry" }));
  }

  /** It has other addresses: the old connection is gone, with all that was on its way. */
  move(): void {
    this.#socket?.vanish();
    this.#dispatch(to("link", { on: "moved" }));
  }

  /** Somebody who knows the code, and says too much. */
  flood({ phases, messages, gap }: Flood): void {
    this.#leaveOut(phases, gap);
    for (let n = 0; n < messages; n++) {
      if (phases === "numbered") this.send();
      else if (phases === "dilate") this.dilate();
      else this.#dispatch(to("send", { on: "send", phase: `other-${n}`, plaintext: new Uint8Array() }));
    }
  }

  #leaveOut(phases: Flood["phases"], gap: number): void {
    const { boss } = this.session;
    if (boss.at !== "happy" || gap === 0) return;
    const { dilation = { nextSend: 0, nextReceive: 0, held: {} } } = boss;
    const later =
      phases === "numbered"
        ? { nextSend: boss.nextSend + gap }
        : { dilation: { ...dilation, nextSend: dilation.nextSend + gap } };
    this.session = { ...this.session, boss: { ...boss, ...later } };
  }

  close(): void {
    this.#dispatch(to("boss", { on: "close" }));
  }

  #dispatch(event: SessionEvent): void {
    if (!this.alive) return;
    const ended = this.ended !== undefined;
    const [session, effects] = step(this.session, event, this.#random);
    this.session = session;
    if (ended && effects.length > 0) this.#complain(`effects after the end: ${effects.map((e) => e.do).join()}`);
    for (const effect of effects) if (effect.do === "tell") this.application.seen.push(effect.event);
    if (this.#dies()) return this.#crash();
    this.#save();
    if (this.#dies()) return this.#crash();
    for (const effect of effects) if (effect.do !== "tell") this.#perform(effect);
  }

  #dies(): boolean {
    return this.crashes > 0 && this.#chance.once(this.crashes);
  }

  #save(): void {
    const { seen, sent, dilated } = this.application;
    this.#checkpoint = { session: this.session, seen: seen.length, sent, dilated };
  }

  /** The process ends, and with it what was not saved; another one goes on from there. */
  #crash(): void {
    this.alive = false;
    this.#life++;
    this.#socket?.close();
    this.#socket = undefined;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    const { session, seen, sent, dilated } = this.#checkpoint;
    const written = JSON.stringify(serialize({ relayUrl: "sim", session, untold: [] }));
    this.session = deserialize(JSON.parse(written)).session;
    this.application = { seen: this.application.seen.slice(0, seen), sent, dilated };
    this.#time.after(this.#chance.number(5_000), () => {
      this.alive = true;
      this.start();
    });
  }

  #perform(effect: Exclude<SessionEffect, { do: "tell" }>): void {
    if (!this.alive) return;
    switch (effect.do) {
      case "open":
        return this.#open();
      case "transmit":
        this.#watch(effect.text);
        return this.#socket?.send(effect.text);
      case "mint":
        return this.#mint(effect.bits);
      case "hangUp":
        this.#socket?.close();
        this.#socket = undefined;
        return;
      case "probe":
        return; // nothing dies silently here
      case "setTimer":
        return this.#setTimer(effect.name, effect.after);
      case "cancelTimer":
        this.#timers.get(effect.name)?.();
        this.#timers.delete(effect.name);
    }
  }

  /** Nothing but the version leaves before the peer is proved. */
  #watch(text: string): void {
    const { type, phase } = JSON.parse(text);
    const early = type === "add" && phase !== "pake" && phase !== "version" && this.session.receive.at === "unverified";
    if (early) this.#complain(`phase ${phase} left before the key was proved`);
  }

  #open(): void {
    const life = this.#life;
    const current = () => this.#life === life && this.#socket === socket;
    const socket = this.#server.connect({
      opened: () => current() && this.#dispatch({ do: "opened" }),
      received: (text) => current() && this.#dispatch({ do: "received", text }),
      lost: () => {
        if (!current()) return;
        this.#socket = undefined;
        this.#dispatch({ do: "lost", failure: "closed", detail: "cut" });
      },
    });
    this.#socket = socket;
  }

  /** Work takes its time; what it is for may be gone by then. */
  #mint(bits: number): void {
    const life = this.#life;
    this.#time.after(bits * 100, () => this.#life === life && this.#dispatch({ do: "minted", stamp: `stamp ${bits}` }));
  }

  #setTimer(name: "retry" | "welcome" | "close", after: number): void {
    this.#timers.get(name)?.();
    const fire = () => {
      this.#timers.delete(name);
      this.#dispatch({ do: "fired", name });
    };
    this.#timers.set(name, this.#time.after(after, fire));
  }
}
