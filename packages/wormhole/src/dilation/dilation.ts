/**
 * Runs a dilation: exchanges control messages with the peer, and does what the manager decides. The present connection,
 * the making of new ones, and the streams have files of their own.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { JsonObject } from "../base/json.ts";
import { type Draws, Runner } from "../base/machine.ts";
import { Once } from "../base/once.ts";
import type { BulkCipher } from "../crypto/bulk.ts";
import { WormholeClosedError } from "../errors.ts";
import type { Timer } from "../net/clock.ts";
import type { Platform } from "../platform/platform.ts";
import type { Endpoint } from "../transit/hints.ts";
import type { Won } from "../transit/race/handshake-protocol.ts";
import { parseRelay } from "../transit/relay-address.ts";
import type { Dilated, DilateOptions } from "./api.ts";
import { ConnectorDriver } from "./connection/connector-driver.ts";
import { PresentConnection } from "./connection/present.ts";
import { type DilationTalk, dilationTalk } from "./connection/talk.ts";
import { noCipher, peerClosed, peerGone, protocolBreach, reflected } from "./endings.ts";
import { LEAVE_DEADLINE_MS, PATIENCE_SECONDS, PING_INTERVAL_SECONDS } from "./limits.ts";
import { type ManagerEffect, type ManagerEvent, type ManagerState, manager } from "./manager.ts";
import { checkOptions } from "./options.ts";
import type { Signalling } from "./signalling.ts";
import { StatusReporter, statusOf } from "./status.ts";
import { endpoints } from "./streams/endpoints.ts";
import { Traffic } from "./streams/traffic.ts";
import { decodeControl, encodeHints } from "./wire/control.ts";
import type { DilationHandshakeState } from "./wire/handshake.ts";
import type { DilationRole } from "./wire/role.ts";

/** Bytes of the name that decides which side leads, and by which relays distinguish the two sides. */
const SIDE_BYTES = 8;

export type DilationOptions = DilateOptions & { readonly platform: Platform };

export class Dilation {
  readonly #signalling: Signalling;
  readonly #options: DilationOptions;
  readonly #platform: Platform;
  readonly #relays: readonly Endpoint[];
  readonly #side: string;
  readonly #dilated = new Once<Dilated>();
  readonly #traffic: Traffic;
  readonly #present: PresentConnection;
  readonly #status: StatusReporter;
  readonly #manager: Runner<ManagerState, ManagerEvent, ManagerEffect, never, Draws>;
  #connector: ConnectorDriver | null = null;
  #cipher: BulkCipher | null = null;
  #talk: ((role: DilationRole) => DilationTalk) | null = null;
  /** Control messages that came before the cipher was loaded. */
  #early: JsonObject[] = [];
  /** Set when the peer has sent `goodbye` and the connection may still bring data. */
  #leaving: Timer | null = null;
  #stopped = false;

  constructor(signalling: Signalling, options: DilationOptions) {
    checkOptions(options);
    const { platform, expectedSubprotocols, pingInterval, patience } = options;
    this.#signalling = signalling;
    this.#options = options;
    this.#platform = platform;
    this.#relays = (options.relays ?? []).map(parseRelay);
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
        linked: () => this.#linked(),
        unlinked: (delayMs) => this.#unlinked(delayMs),
        lost: () => this.#post({ on: "lost" }),
        moved: () => this.#connector?.moved(),
        gone: () => this.stop(peerGone()),
        tooManyBreaches: () => this.stop(protocolBreach()),
      },
    });
  }

  /** The public object, as soon as there has been a connection. */
  get dilated(): Promise<Dilated> {
    return this.#dilated.promise;
  }

  /** The peer can dilate. `key` is HKDF(shared key, "dilation-v1"), 32 bytes. */
  start(key: Uint8Array): void {
    this.#talk = dilationTalk(key, this.#side);
    void this.#begin();
  }

  /** Takes a control message of the peer. They come once and in order. */
  received(message: JsonObject): void {
    if (this.#cipher === null) {
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

  /** Ends politely: data that can be delivered within {@link LEAVE_DEADLINE_MS} still is, and the peer is told. */
  async leave(): Promise<void> {
    if (!this.#stopped) {
      // Without `goodbye`, the peer could not tell that this side has left.
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

  async #begin(): Promise<void> {
    try {
      this.#cipher = await this.#platform.loadChaCha();
    } catch (error) {
      this.stop(noCipher(error));
    }
    if (this.#stopped) return;
    this.#present.start();
    this.#post({ on: "start", side: this.#side });
    for (const message of this.#early.splice(0)) this.received(message);
  }

  #post(event: ManagerEvent): void {
    this.#manager.post(event);
    this.#report();
  }

  #perform(effect: ManagerEffect): void {
    switch (effect.do) {
      case "say":
        return this.#say(effect.message);
      case "connect":
        return this.#connect(effect.role, effect.generation);
      case "disconnect":
        return this.#disconnect();
      case "useHints":
        return this.#connector?.hinted(effect.hints);
      case "retry":
        if (effect.publish) void this.#connector?.publish();
        return this.#connector?.retry();
      case "fail":
        return this.stop(effect.reason === "left" ? peerClosed() : reflected());
    }
  }

  #say(message: JsonObject): void {
    this.#signalling.send(message);
    this.#signalling.hurry();
  }

  #connect(role: DilationRole, generation: number): void {
    if (this.#talk === null) return;
    if (generation === 1) this.#traffic.assign(role, this.#extensions);
    this.#connector = new ConnectorDriver({
      role,
      platform: this.#platform,
      talk: this.#talk(role),
      relays: this.#relays,
      listen: this.#options.listen ?? true,
      patient: this.#extensions.includes("ask-reconnect"),
      publish: (hints) => this.#say(encodeHints(hints)),
      won: (won) => this.#won(won, role),
      stuck: () => this.#post({ on: "stuck" }),
      changed: () => this.#report(),
    });
  }

  #disconnect(): void {
    this.#connector?.close();
    this.#connector = null;
    this.#present.drop();
  }

  #won({ candidate, connection, state, rest }: Won<DilationHandshakeState>, role: DilationRole): void {
    if (this.#cipher === null || state.at !== "chosen") return;
    const tor = this.#platform.network?.isTor ? "tor" : "";
    this.#present.use({
      connection,
      keys: state.keys,
      cipher: this.#cipher,
      rest,
      whole: this.#extensions.includes("parts"),
      way: { description: `${tor}${candidate.description}`, relayed: candidate.relayed },
      // The follower learns of the new connection later, and would treat an earlier end of the old one as a loss.
      keepReplaced: role === "leader",
    });
  }

  #linked(): void {
    this.#post({ on: "linked" });
    const { state } = this.#manager;
    if ("role" in state) this.#dilated.resolve(endpoints(this.#traffic.channels, state.role));
  }

  #unlinked(delayMs: number): void {
    this.#connector?.lost();
    if (this.#leaving) this.#post({ on: "goodbye" });
    else if (delayMs > 0) this.#report();
  }

  /** The peer has left. The connection may still bring its last data. */
  #peerLeaves(): void {
    const goodbye = () => this.#post({ on: "goodbye" });
    if (this.#present.way === null) return goodbye();
    this.#leaving ??= this.#platform.clock.after(LEAVE_DEADLINE_MS, goodbye);
  }

  #report(): void {
    this.#status.report(statusOf(this.#manager.state, this.#present.way, this.#connector?.ways ?? []));
  }
}
