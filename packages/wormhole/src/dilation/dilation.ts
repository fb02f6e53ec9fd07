/** Runs a dilation: turns what its machines want into connections, timers and control messages. */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { JsonObject } from "../base/json.ts";
import { type Draws, Runner } from "../base/machine.ts";
import { Once } from "../base/once.ts";
import { attempt } from "../base/report.ts";
import type { BulkCipher } from "../crypto/bulk.ts";
import { deriveKey } from "../crypto/keys.ts";
import { WormholeClosedError } from "../errors.ts";
import type { Timer } from "../net/clock.ts";
import type { Platform } from "../platform/platform.ts";
import type { Endpoint } from "../transit/hints.ts";
import { relayLine } from "../transit/keys.ts";
import type { HandshakeProtocol, Won } from "../transit/race/handshake-protocol.ts";
import { parseRelay } from "../transit/relay-address.ts";
import type { Dilated, DilateOptions } from "./api.ts";
import { Lookout } from "./connection/address-watch.ts";
import { Breaches } from "./connection/breach-limit.ts";
import { ConnectorDriver } from "./connection/connector-driver.ts";
import { KeepaliveDriver } from "./connection/keepalive-driver.ts";
import { Gain } from "./connection/reconnect-backoff.ts";
import { Retired } from "./connection/replaced-connection.ts";
import { broken, cipherless, farewell, gone, mirrored } from "./endings.ts";
import { LEAVE_DEADLINE, PATIENCE, PING_INTERVAL } from "./limits.ts";
import type { Mailbox } from "./mailbox.ts";
import { type ManagerEffect, type ManagerEvent, type ManagerState, manager, type Role } from "./manager.ts";
import { checkOptions } from "./options.ts";
import { statusOf, type Way } from "./status.ts";
import { endpoints } from "./streams/endpoints.ts";
import { Link } from "./streams/link.ts";
import { Traffic } from "./streams/traffic.ts";
import { decodeControl, encodeHints } from "./wire/control.ts";
import { begin, type DilationHandshakeState, dilationHandshake } from "./wire/handshake.ts";

/** Bytes of the name that decides who leads, and by which relays tell the two sides apart. */
const SIDE_LENGTH = 8;

export type DilationOptions = DilateOptions & { readonly platform: Platform };

export class Dilation {
  readonly #mailbox: Mailbox;
  readonly #options: DilationOptions;
  readonly #platform: Platform;
  readonly #relays: readonly Endpoint[];
  readonly #side: string;
  readonly #dilated = new Once<Dilated>();
  readonly #traffic: Traffic;
  readonly #keepalive: KeepaliveDriver;
  readonly #lookout: Lookout;
  readonly #breaches = new Breaches();
  readonly #gain = new Gain();
  #cipher: BulkCipher | null = null;
  #talk: ((role: Role) => HandshakeProtocol<DilationHandshakeState>) | null = null;
  readonly #manager: Runner<ManagerState, ManagerEvent, ManagerEffect, never, Draws>;
  #connector: ConnectorDriver | null = null;
  #link: Link | null = null;
  /** What {@link Link} has replaced. */
  #retired: Retired | null = null;
  #way: Way | null = null;
  #status = "";
  #stopped = false;
  /** Control messages that came before we could take them. */
  #early: JsonObject[] = [];

  #patience: Timer | null = null;
  /** Set while a loss is not yet told. */
  #losing: Timer | null = null;
  /** Set when the other side has said that it leaves. */
  #leaving: Timer | null = null;

  constructor(mailbox: Mailbox, options: DilationOptions) {
    checkOptions(options);
    this.#mailbox = mailbox;
    this.#options = options;
    this.#platform = options.platform;
    this.#relays = (options.relays ?? []).map(parseRelay);
    this.#side = bytesToHex(this.#platform.random(SIDE_LENGTH));
    this.#manager = new Runner(
      manager,
      { at: "idle" },
      {
        random: this.#platform.random,
        perform: (effect) => this.#perform(effect),
      },
    );
    const { clock } = this.#platform;
    this.#traffic = new Traffic(clock, options.expectedSubprotocols, {
      breach: () => this.#breach(),
      failed: (error) => this.stop(error),
    });
    this.#keepalive = new KeepaliveDriver(clock, (options.pingInterval ?? PING_INTERVAL) * 1000, {
      // Whoever does not read cannot hear. The other side still learns that we are there.
      isPaused: () => this.#link?.isPaused ?? false,
      heard: () => this.#heard(),
      ping: () => this.#ping(),
      dead: () => this.#dead(),
    });
    this.#lookout = new Lookout(this.#platform, {
      changed: (lost) => this.#moved(lost),
      awake: () => this.#awake(),
      unlinked: () => this.#link === null,
      hurry: () => this.#mailbox.hurry(),
    });
  }

  /** The public object, once there has been a connection. */
  get dilated(): Promise<Dilated> {
    return this.#dilated.promise;
  }

  /** The other side's program can dilate, and `key` is shared with it: HKDF(key, "dilation-v1"), 32 bytes. */
  start(key: Uint8Array): void {
    const token = bytesToHex(deriveKey(key, "transit_relay_token"));
    const line = relayLine(token, this.#side);
    this.#talk = (role) => ({
      machine: dilationHandshake,
      begin: (relayed) => begin(role, key, relayed ? line : null),
    });
    void this.#begin();
  }

  /** A control message of the other side; they come once and in order. */
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
        return this.#bidFarewell();
      case "reconnect":
      case "reconnecting":
        return this.#post({ on: control.type });
    }
  }

  /** Ends politely: what was written still goes if it can go soon, and the other side is told. */
  async leave(): Promise<void> {
    if (!this.#stopped) {
      // To others it would look as if we had vanished.
      if (!this.#extensions.includes("goodbye")) this.#traffic.channels.closeAll();
      await this.#traffic.flushed();
      // The last acknowledgement may not have gone yet.
      this.#traffic.pump();
      this.#link?.end();
      this.#unlink();
    }
    this.stop(new WormholeClosedError());
  }

  /** Ends all streams with this error. */
  stop(error: Error): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#post({ on: "leave" });
    this.#disconnect();
    this.#lookout.stop();
    this.#patience?.cancel();
    this.#losing?.cancel();
    this.#leaving?.cancel();
    this.#traffic.stop(error);
    this.#dilated.reject(error);
    this.#report();
  }

  /** What the other side can beyond the protocol. */
  get #extensions(): readonly string[] {
    return "extensions" in this.#manager.state ? this.#manager.state.extensions : [];
  }

  async #begin(): Promise<void> {
    try {
      this.#cipher = await this.#platform.loadChaCha();
    } catch (error) {
      this.stop(cipherless(error));
    }
    if (this.#stopped) return;
    this.#lookout.start();
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
        this.#mailbox.send(effect.message);
        this.#mailbox.hurry();
        break;
      case "connect":
        this.#connect(effect.role, effect.generation);
        break;
      case "disconnect":
        this.#disconnect();
        break;
      case "useHints":
        this.#connector?.hinted(effect.hints);
        break;
      case "retry":
        if (effect.publish) void this.#connector?.publish();
        this.#connector?.retry();
        break;
      case "fail":
        this.stop(effect.reason === "left" ? farewell() : mirrored());
        break;
    }
  }

  #connect(role: Role, generation: number): void {
    if (this.#talk === null) return;
    if (generation === 1) this.#traffic.assign(role, this.#extensions);
    this.#connector = new ConnectorDriver({
      role,
      platform: this.#platform,
      talk: this.#talk(role),
      relays: this.#relays,
      listen: this.#options.listen ?? true,
      patient: this.#extensions.includes("ask-reconnect"),
      publish: (hints) => this.#publish(hints),
      won: (won) => this.#won(won, role),
      stuck: () => this.#post({ on: "stuck" }),
      changed: () => this.#report(),
    });
  }

  #publish(hints: JsonObject[]): void {
    this.#mailbox.send(encodeHints(hints));
    this.#mailbox.hurry();
  }

  #disconnect(): void {
    this.#connector?.close();
    this.#connector = null;
    this.#retired?.drop();
    this.#retired = null;
    this.#unlink();
  }

  #won({ candidate, connection, state, rest }: Won<DilationHandshakeState>, role: Role): void {
    if (this.#cipher === null || state.at !== "chosen") return;
    // The follower has heard of the new one already.
    if (role === "leader") this.#retire();
    this.#unlink();
    const link = new Link({
      connection,
      keys: state.keys,
      cipher: this.#cipher,
      whole: this.#extensions.includes("parts"),
      events: {
        record: (record) => this.#traffic.take(record),
        settled: () => this.#traffic.settled(),
        ready: () => this.#traffic.pump(),
        lost: () => this.#lost(),
        breach: () => this.#breach(),
      },
    });
    const tor = this.#platform.network?.isTor ? "tor" : "";
    this.#link = link;
    const { relayed } = candidate;
    this.#way = { description: `${tor}${candidate.description}`, relayed };
    this.#patience?.cancel();
    this.#losing?.cancel();
    this.#gain.began(this.#traffic.progress);
    this.#traffic.begin(link, relayed);
    this.#post({ on: "linked" });
    this.#dilated.resolve(endpoints(this.#traffic.channels, role));
    this.#keepalive.linked();
    link.start(rest);
    this.#traffic.pump();
  }

  /** A better connection takes the place of the present one. */
  #retire(): void {
    this.#retired?.drop();
    this.#retired = this.#link && new Retired(this.#link.retire(), this.#platform.clock);
  }

  /** Lets go of the connection, whatever it still says. */
  #unlink(): void {
    if (this.#link === null) return;
    this.#link.drop();
    this.#link = null;
    this.#way = null;
    this.#traffic.end();
    this.#keepalive.lost();
    if (!this.#stopped) this.#wait();
  }

  #lost(): void {
    this.#unlink();
    this.#connector?.lost();
    const pause = this.#gain.ended(this.#traffic.progress);
    if (this.#leaving) this.#post({ on: "goodbye" });
    else if (pause === 0) this.#post({ on: "lost" });
    else this.#losing = this.#platform.clock.after(pause, () => this.#post({ on: "lost" }));
    this.#report();
  }

  /** The other side has left. Its last words may still be on their way, on the connection. */
  #bidFarewell(): void {
    if (this.#link === null) return this.#post({ on: "goodbye" });
    this.#leaving ??= this.#platform.clock.after(LEAVE_DEADLINE, () => this.#post({ on: "goodbye" }));
  }

  /** From now on the other side has so much time to come back. */
  #wait(): void {
    this.#patience?.cancel();
    const patience = (this.#options.patience ?? PATIENCE) * 1000;
    this.#patience = this.#platform.clock.after(patience, () => this.stop(gone()));
  }

  #breach(): void {
    this.#lost();
    if (this.#breaches.isTooMany(this.#platform.clock.now())) this.stop(broken());
  }

  #heard(): boolean {
    const heard = this.#link?.heard ?? false;
    if (this.#link) this.#link.heard = false;
    return heard;
  }

  #ping(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#platform.random(4);
    this.#traffic.ping(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
  }

  /** No answer. The way to the mailbox server may be as dead as this one. */
  #dead(): void {
    this.#mailbox.moved();
    this.#lost();
  }

  /** Addresses of this machine have come or gone; `lost` are those that have gone. */
  #moved(lost: readonly string[]): void {
    if (lost.length > 0) this.#mailbox.moved();
    const local = this.#link?.localAddress;
    if (local !== undefined && lost.includes(local)) this.#lost();
    // A new address may mean that what we had leads nowhere now, although our own address is still there.
    else this.#keepalive.doubt();
    this.#connector?.moved();
  }

  /** The process, or the machine, has been asleep: nobody knows what became of its connections. */
  #awake(): void {
    this.#mailbox.moved();
    this.#keepalive.doubt();
  }

  #report(): void {
    const status = statusOf(this.#manager.state, this.#way, this.#connector?.ways ?? []);
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    attempt(() => this.#options.onStatus?.(status));
  }
}
