/** A client of a simulated world: a session, the application that uses it, and a process that may die. */

import { bytesToHex } from "@noble/hashes/utils.js";
import type { Random } from "../../packages/wormhole/src/base/random.ts";
import { phaseKey } from "../../packages/wormhole/src/crypto/keys.ts";
import { encrypt, NONCE_LENGTH } from "../../packages/wormhole/src/crypto/secretbox.ts";
import { SPAKE2_ENTROPY } from "../../packages/wormhole/src/crypto/spake2.ts";
import type { Timer } from "../../packages/wormhole/src/net/clock.ts";
import { parseCode } from "../../packages/wormhole/src/session/code-words.ts";
import type {
  SessionEffect,
  SessionEvent,
  TimerName,
  WormholeEvent,
} from "../../packages/wormhole/src/session/events.ts";
import { hasCode, isOpen, sideOf, typingStage } from "../../packages/wormhole/src/session/queries.ts";
import { deserialize, serialize } from "../../packages/wormhole/src/session/saved/serialize.ts";
import { newSession, type Session, step } from "../../packages/wormhole/src/session/session.ts";
import type { VirtualClock } from "../../packages/wormhole/src/testing.ts";
import type { Chance } from "./chance.ts";
import type { Server, Socket } from "./server.ts";

/**
 * Returns the randomness of a client. For the key exchange, it draws from a small pool of the client's own, so that two
 * sides never draw the same half. The two words of a code are always the same. Everything else depends on the seed.
 */
function drawing(chance: Chance, pool: number): Random {
  return (length) => {
    if (length === SPAKE2_ENTROPY) return new Uint8Array(length).fill(pool * 8 + chance.number(8));
    return length === 2 ? Uint8Array.of(7, 7) : chance.bytes(length);
  };
}

/** The application's state, which is saved together with the session. */
interface Application {
  readonly seen: WormholeEvent[];
  sent: number;
  /** The number of control messages of dilation that it has sent. */
  dilated: number;
}

/** Too many messages of one kind. `gap` is how many numbers of the series are skipped first. */
export interface Flood {
  readonly phases: "numbered" | "dilate" | "other";
  readonly messages: number;
  readonly gap: number;
}

/** One client. If its process dies, it starts again from its last checkpoint. */
export class Client {
  readonly name: string;
  readonly #clock: VirtualClock;
  readonly #server: Server;
  readonly #chance: Chance;
  readonly #random: Random;
  readonly #timers = new Map<string, Timer>();
  readonly #complain: (fault: string) => void;
  /** The process dies once in this many steps, on average. 0 means never. */
  crashes = 0;
  alive = true;
  session: Session;
  application: Application = { seen: [], sent: 0, dilated: 0 };
  /** Sessions are never changed in place, so a checkpoint is serialized only when a process starts from it. */
  #checkpoint: { session: Session; seen: number; sent: number; dilated: number };
  #socket: Socket | undefined;
  #life = 0;

  constructor(
    name: string,
    world: { clock: VirtualClock; server: Server; chance: Chance; complain: (fault: string) => void },
    options: { pool: number; crashes: number },
  ) {
    this.name = name;
    this.#clock = world.clock;
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
    return sideOf(this.session);
  }

  get ended(): WormholeEvent | undefined {
    return this.application.seen.find(({ type }) => type === "closed");
  }

  start(): void {
    this.#post({ do: "begun" });
  }

  allocate(): void {
    if (!hasCode(this.session)) this.#post({ do: "allocateCode", words: 2 });
  }

  input(): void {
    if (!hasCode(this.session)) this.#post({ do: "inputCode" });
    if (typingStage(this.session) === "nameplate") this.#post({ do: "refreshNameplates" });
  }

  enter(code: string): void {
    const { nameplate, words } = parseCode(code);
    const isNew = !hasCode(this.session);
    if (isNew) this.#post({ do: "setCode", nameplate, words });
    else if (typingStage(this.session) === "nameplate") this.#post({ do: "chooseNameplate", nameplate });
    if (typingStage(this.session) === "words") this.#post({ do: "chooseWords", words });
  }

  send(): void {
    if (this.#isLeaving) return;
    const plaintext = new TextEncoder().encode(`${this.name} ${this.application.sent++}`);
    this.#post({ do: "send", plaintext });
  }

  /** Sends a control message of dilation. */
  dilate(): void {
    if (this.#isLeaving) return;
    const plaintext = new TextEncoder().encode(`${this.name} control ${this.application.dilated++}`);
    this.#post({ do: "sendControl", plaintext });
  }

  get #isLeaving(): boolean {
    return !this.alive || !isOpen(this.session);
  }

  /** The application waits for the server. */
  hurry(): void {
    this.#post({ do: "hurry" });
  }

  /** The addresses of the computer change: the old connection is lost, with everything that is on its way. */
  move(): void {
    this.#socket?.vanish();
    this.#post({ do: "moved" });
  }

  /** Sends too many messages, as a peer that has the code can do. */
  flood({ phases, messages, gap }: Flood): void {
    this.#leaveOut(phases, gap);
    for (let n = 0; n < messages; n++) {
      if (phases === "numbered") this.send();
      else if (phases === "dilate") this.dilate();
      else this.#sendOther(`other-${n}`);
    }
  }

  #leaveOut(phases: Flood["phases"], gap: number): void {
    const { delivery } = this.session;
    if (delivery.at !== "introduced" || gap === 0) return;
    const name = phases === "numbered" ? "messages" : "controls";
    const series = { ...delivery[name], nextSend: delivery[name].nextSend + gap };
    this.session = { ...this.session, delivery: { ...delivery, [name]: series } };
  }

  /** Sends a message under a phase that our library never uses. */
  #sendOther(phase: string): void {
    const { send, mailbox, link } = this.session;
    if (send.at !== "verified" || mailbox.at !== "open") return;
    const body = encrypt(phaseKey(send.key, send.side, phase), this.#random(NONCE_LENGTH), new Uint8Array());
    this.session = { ...this.session, mailbox: { ...mailbox, outbox: [...mailbox.outbox, { phase, body }] } };
    if (link.at === "up") this.#socket?.send(JSON.stringify({ type: "add", phase, body: bytesToHex(body) }));
  }

  close(): void {
    this.#post({ do: "close" });
  }

  #post(event: SessionEvent): void {
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

  /** The process ends and loses everything unsaved. Later, another process continues from the checkpoint. */
  #crash(): void {
    this.alive = false;
    this.#life++;
    this.#socket?.close();
    this.#socket = undefined;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    const { session, seen, sent, dilated } = this.#checkpoint;
    const written = JSON.stringify(serialize({ relayUrl: "sim", session, untold: [] }));
    this.session = deserialize(JSON.parse(written)).session;
    this.application = { seen: this.application.seen.slice(0, seen), sent, dilated };
    this.#clock.after(this.#chance.number(5_000), () => {
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
        return; // In these worlds, no connection dies silently.
      case "setTimer":
        return this.#setTimer(effect.name, effect.after);
      case "cancelTimer":
        this.#timers.get(effect.name)?.cancel();
        this.#timers.delete(effect.name);
    }
  }

  /** Complains if a message other than `version` is sent before the peer has proved its code. */
  #watch(text: string): void {
    const { type, phase } = JSON.parse(text);
    const early = type === "add" && phase !== "pake" && phase !== "version" && this.session.receive.at === "unverified";
    if (early) this.#complain(`phase ${phase} was sent before the peer had proved its code`);
  }

  #open(): void {
    const life = this.#life;
    const current = () => this.#life === life && this.#socket === socket;
    const socket = this.#server.connect({
      opened: () => current() && this.#post({ do: "opened" }),
      received: (text) => current() && this.#post({ do: "received", text }),
      closed: (end) => {
        if (!current()) return;
        this.#socket = undefined;
        this.#post({ do: "lost", ...end });
      },
    });
    this.#socket = socket;
  }

  /** Reports a stamp after some time, unless the process has died in between. */
  #mint(bits: number): void {
    const life = this.#life;
    this.#clock.after(bits * 100, () => this.#life === life && this.#post({ do: "minted", stamp: `stamp ${bits}` }));
  }

  #setTimer(name: TimerName, after: number): void {
    this.#timers.get(name)?.cancel();
    const fire = () => {
      this.#timers.delete(name);
      this.#post({ do: "fired", name });
    };
    this.#timers.set(name, this.#clock.after(after, fire));
  }
}
