/**
 * Runs a dilation: exchanges control messages with the peer, and does what the manager decides. The making of connections
 * (connection/generations.ts), the present connection (connection/present.ts) and the streams have files of their own.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { JsonObject } from "../base/json.ts";
import { type Draws, Runner } from "../base/machine.ts";
import { Once } from "../base/once.ts";
import { WormholeClosedError } from "../errors.ts";
import type { Timer } from "../net/clock.ts";
import type { Platform } from "../platform/platform.ts";
import { parseRelay } from "../transit/relay-address.ts";
import type { Dilated, DilateOptions } from "./api.ts";
import { Generations } from "./connection/generations.ts";
import { PresentConnection } from "./connection/present.ts";
import { noCipher, peerClosed, peerGone, protocolBreach, reflected } from "./endings.ts";
import { LEAVE_DEADLINE_MS, PATIENCE_SECONDS, PING_INTERVAL_SECONDS } from "./limits.ts";
import { type ManagerEffect, type ManagerEvent, type ManagerState, manager } from "./manager.ts";
import type { Signalling } from "./signalling.ts";
import { dilationStatus, StatusReporter } from "./status.ts";
import { endpoints } from "./streams/endpoints.ts";
import { Traffic } from "./streams/traffic.ts";
import { decodeControl, encodeHints } from "./wire/control.ts";
import type { DilationRole } from "./wire/role.ts";

/** Bytes of this side's name, which decides which side leads, and distinguishes the two sides at a relay. */
const SIDE_BYTES = 8;

export type DilationOptions = DilateOptions & { readonly platform: Platform };

export class Dilation {
  readonly #signalling: Signalling;
  readonly #platform: Platform;
  readonly #side: string;
  readonly #dilated = new Once<Dilated>();
  readonly #traffic: Traffic;
  readonly #present: PresentConnection;
  readonly #generations: Generations;
  readonly #status: StatusReporter;
  readonly #manager: Runner<ManagerState, ManagerEvent, ManagerEffect, never, Draws>;
  /** Control messages that came before the cipher was loaded; null afterwards. */
  #early: JsonObject[] | null = [];
  /** Set after the peer's `goodbye`, while the connection may still bring data. */
  #leaving: Timer | null = null;
  #begun = false;
  #stopped = false;

  constructor(signalling: Signalling, options: DilationOptions) {
    const { platform, expectedSubprotocols, pingInterval, patience } = options;
    this.#signalling = signalling;
    this.#platform = platform;
    const relays = (options.relays ?? []).map(parseRelay);
    this.#side = bytesToHex(platform.random(SIDE_BYTES));
    this.#manager = new Runner(
      manager,
      { at: "idle" },
      { random: platform.random, perform: (effect) => this.#perform(effect) },
    );
    this.#status = new StatusReporter(options.onStatus);
    this.#traffic = new Traffic({
      clock: platform.clock,
      expectedSubprotocols,
      breach: () => this.#present.breach(),
      failed: (error) => this.stop(error),
    });
    this.#present = new PresentConnection({
      platform,
      traffic: this.#traffic,
      signalling,
      pingIntervalSeconds: pingInterval ?? PING_INTERVAL_SECONDS,
      patienceSeconds: patience ?? PATIENCE_SECONDS,
      events: {
        connected: () => this.#connected(),
        disconnected: (delayMs) => this.#disconnected(delayMs),
        lost: () => this.#post({ on: "lost" }),
        moved: () => this.#generations.moved(),
        gone: () => this.stop(peerGone()),
        tooManyBreaches: () => this.stop(protocolBreach()),
      },
    });
    this.#generations = new Generations({
      platform,
      side: this.#side,
      relays,
      listen: options.listen ?? true,
      present: this.#present,
      publish: (hints) => this.#send(encodeHints(hints)),
      stuck: () => this.#post({ on: "stuck" }),
      changed: () => this.#report(),
      failed: (error) => this.#failed(error),
    });
  }

  /** The public object, as soon as there has been a connection. */
  get dilated(): Promise<Dilated> {
    return this.#dilated.promise;
  }

  /** Whether the peer has been asked to dilate, or is about to be. */
  get isBegun(): boolean {
    return this.#begun;
  }

  /** Whether the peer wants to dilate, too. */
  get isAgreed(): boolean {
    const { at } = this.#manager.state;
    return at !== "idle" && at !== "wanting";
  }

  /** Starts, because the peer can dilate. `key` is HKDF(shared key, "dilation-v1"), 32 bytes. */
  start(key: Uint8Array): void {
    this.#begun = true;
    this.#begin(key).catch((error) => this.#failed(error));
  }

  /** Takes a control message of the peer. Each must be passed once and in order. */
  received(message: JsonObject): void {
    if (this.#early !== null) {
      this.#early.push(message);
      return;
    }
    const control = decodeControl(message);
    if (control === undefined) return;
    switch (control.type) {
      case "please":
        return this.#post({ on: "please", side: control.side, extensions: control.extensions });
      case "connection-hints":
        return this.#post({ on: "hints", hints: control.hints });
      case "ask-reconnect":
        return this.#post({ on: "askReconnect" });
      case "goodbye":
        return this.#peerLeaves();
      case "reconnect":
      case "reconnecting":
        return this.#post({ on: control.type });
    }
  }

  /** Ends politely: delivers data for at most {@link LEAVE_DEADLINE_MS}, and informs the peer. */
  async leave(): Promise<void> {
    if (!this.#stopped) {
      // A peer without `goodbye` would not learn that this side has left.
      if (!this.#extensions.includes("goodbye")) this.#traffic.channels.closeAll();
      await this.#traffic.sending.flushed();
      // The last acknowledgement may still be due.
      this.#traffic.sending.pump();
      this.#present.end();
    }
    this.stop(new WormholeClosedError());
  }

  /** Ends all streams with this error. */
  stop(error: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#post({ on: "leave" });
    this.#disconnect();
    this.#present.stop();
    this.#leaving?.cancel();
    this.#traffic.stop(error);
    this.#dilated.reject(error);
    this.#report();
  }

  /** The peer's extensions of the protocol. */
  get #extensions(): readonly string[] {
    return "extensions" in this.#manager.state ? this.#manager.state.extensions : [];
  }

  async #begin(key: Uint8Array): Promise<void> {
    try {
      await this.#generations.prepare(key);
    } catch (error) {
      this.stop(noCipher(error));
    }
    const early = this.#early ?? [];
    this.#early = null;
    if (this.#stopped) return;
    this.#present.start();
    this.#post({ on: "start", side: this.#side });
    for (const message of early) this.received(message);
  }

  /** Ends, because the platform or the application's code has thrown. */
  #failed(error: unknown): void {
    this.stop(error instanceof Error ? error : new Error(String(error)));
  }

  #post(event: ManagerEvent): void {
    this.#manager.post(event);
    this.#report();
  }

  #perform(effect: ManagerEffect): void {
    switch (effect.do) {
      case "send":
        return this.#send(effect.message);
      case "connect":
        return this.#connect(effect.role, effect.generation);
      case "disconnect":
        return this.#disconnect();
      case "useHints":
        return this.#generations.hinted(effect.hints);
      case "retry":
        return this.#generations.retry(effect.publish);
      case "fail":
        return this.stop(effect.reason === "left" ? peerClosed() : reflected());
    }
  }

  #send(message: JsonObject): void {
    this.#signalling.send(message);
    this.#signalling.hurry();
  }

  #connect(role: DilationRole, generation: number): void {
    const extensions = this.#extensions;
    if (generation === 1) this.#traffic.assign(role, extensions);
    this.#generations.begin({ role, extensions });
  }

  #disconnect(): void {
    this.#generations.end();
    this.#present.drop();
  }

  #connected(): void {
    this.#post({ on: "connected" });
    const { state } = this.#manager;
    if ("role" in state) this.#dilated.resolve(endpoints(this.#traffic.channels, state.role));
  }

  #disconnected(delayMs: number): void {
    this.#generations.lost();
    if (this.#leaving) this.#post({ on: "goodbye" });
    else if (delayMs > 0) this.#report();
  }

  /** Ends, because the peer has left: at once, or after a while if the connection may still bring the last data. */
  #peerLeaves(): void {
    const goodbye = () => this.#post({ on: "goodbye" });
    if (this.#present.way === null) return goodbye();
    this.#leaving ??= this.#platform.clock.after(LEAVE_DEADLINE_MS, goodbye);
  }

  #report(): void {
    this.#status.report(dilationStatus(this.#manager.state, this.#present.way, this.#generations.ways));
  }
}
