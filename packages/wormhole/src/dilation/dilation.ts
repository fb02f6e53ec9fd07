/**
 * Runs a dilation: turns what its machines want into connections, timers and control messages, and carries records
 * between the subchannels and whatever connection there is. The subchannels outlive every connection.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import type { BulkCrypto } from "../crypto/bulk.ts";
import { deriveKey } from "../crypto/keys.ts";
import { WormholeClosedError, WormholeError } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { Timer } from "../net/clock.ts";
import { Once } from "../once.ts";
import type { Platform } from "../platform/platform.ts";
import { attempt } from "../report.ts";
import { describe } from "../transit/candidates.ts";
import type { Endpoint } from "../transit/hints.ts";
import { relayLine } from "../transit/keys.ts";
import { parseRelay } from "../transit/relay-address.ts";
import type { Talk, Won } from "../transit/talk.ts";
import type { Dilated, DilateOptions } from "./api.ts";
import { Breaches } from "./breaches.ts";
import type { Channel } from "./channel.ts";
import { Channels, type Sender } from "./channels.ts";
import { Connector } from "./connector.ts";
import { decodeControl, encodeHints } from "./control.ts";
import { endpoints } from "./endpoints.ts";
import { begin, type DilationHandshakeState, dilationHandshake } from "./handshake.ts";
import { KeepaliveDriver } from "./keepalive-driver.ts";
import { BATCH, LEAVE_DEADLINE, MAX_UNREAD, PATIENCE, PING_INTERVAL, RESUME_UNREAD, WINDOW } from "./limits.ts";
import { Link } from "./link.ts";
import { Lookout } from "./lookout.ts";
import type { Mailbox } from "./mailbox.ts";
import { type ManagerEffect, type ManagerEvent, type ManagerState, manager, type Role } from "./manager.ts";
import { Outbox, type Owner } from "./outbox.ts";
import {
  type DilationRecord,
  encodeAck,
  encodeClose,
  encodeData,
  encodeOpen,
  encodePing,
  encodePong,
} from "./records.ts";
import { statusOf, type Way } from "./status.ts";

/** Bytes of the name that decides who leads, and by which relays tell the two sides apart. */
const SIDE_LENGTH = 8;
/** Answers and questions that may wait for a connection that takes nothing. */
const MAX_URGENT = 32;
/** A week: timers of a few weeks overflow on many platforms. */
const MAX_SECONDS = 604_800;
/** Numbers of records have 32 bits, and do not begin anew. */
const MAX_SEQNUM = 0xffffffff;

export type DilationOptions = DilateOptions & { readonly platform: Platform };

export class Dilation implements Sender {
  readonly #mailbox: Mailbox;
  readonly #options: DilationOptions;
  readonly #platform: Platform;
  readonly #relays: readonly Endpoint[];
  readonly #side: string;
  readonly #dilated = new Once<Dilated>();
  readonly #channels: Channels;
  readonly #outbox = new Outbox();
  readonly #keepalive: KeepaliveDriver;
  readonly #lookout: Lookout;
  readonly #breaches = new Breaches();
  #crypto: BulkCrypto | null = null;
  #talk: ((role: Role) => Talk<DilationHandshakeState>) | null = null;
  #manager: ManagerState = { at: "idle" };
  #connector: Connector | null = null;
  #link: Link | null = null;
  #way: Way | null = null;
  #status = "";
  #stopped = false;
  /** Control messages that came before we could take them. */
  #early: JsonObject[] = [];

  /** The number of the next record that the other side sends. */
  #expected = 0;
  #ackDue = false;
  /** What goes before all data, and is not kept: pings, pongs, acknowledgements. */
  #urgent: Uint8Array[] = [];
  /** Bytes that were handed to us since the last batch. */
  #fresh = 0;
  #waking: Timer | null = null;
  /** What waits for readers. */
  #unread = 0;
  #room: Once<void> | null = null;
  #emptied: Once<void> | null = null;
  #patience: Timer | null = null;
  /** Set when the other side has said that it leaves. */
  #leaving: Timer | null = null;

  constructor(mailbox: Mailbox, options: DilationOptions) {
    checkOptions(options);
    this.#mailbox = mailbox;
    this.#options = options;
    this.#platform = options.platform;
    this.#relays = (options.relays ?? []).map(parseRelay);
    this.#side = bytesToHex(this.#platform.random(SIDE_LENGTH));
    this.#channels = new Channels(this, options.expectedSubprotocols);
    const { clock } = this.#platform;
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
    if (this.#crypto === null) {
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
      default:
        return this.#post({ on: control.type });
    }
  }

  /** Ends politely: what was written still goes if it can go soon, and the other side is told. */
  async leave(): Promise<void> {
    if (!this.#stopped) {
      const { extensions = [] } = "extensions" in this.#manager ? this.#manager : {};
      // To others it would look as if we had vanished.
      if (!extensions.includes("goodbye")) this.#channels.closeAll();
      await this.#flushed();
      // The last acknowledgement may not have gone yet.
      this.#pump();
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
    this.#waking?.cancel();
    this.#patience?.cancel();
    this.#leaving?.cancel();
    this.#emptied?.resolve();
    this.#channels.stop(error);
    this.#makeRoom();
    this.#dilated.reject(error);
    this.#report();
  }

  sendOpen(channel: Channel): void {
    this.#send(encodeOpen(channel.id, this.#outbox.seqnum, channel.subprotocol), channel);
  }

  sendData(channel: Channel, chunk: Uint8Array): void {
    this.#send(encodeData(channel.id, this.#outbox.seqnum, chunk), channel);
  }

  sendClose(channel: Channel): void {
    this.#send(encodeClose(channel.id, this.#outbox.seqnum), channel);
  }

  refuse(id: number): void {
    // It asks without end, and does not take the answers.
    if (this.#outbox.bytes > 2 * WINDOW) return this.#breach();
    this.#send(encodeClose(id, this.#outbox.seqnum), NOBODY);
  }

  unread(bytes: number): void {
    this.#unread += bytes;
    if (this.#link?.isPaused && this.#unread <= RESUME_UNREAD) this.#link.resume();
  }

  room(): Promise<void> | null {
    if (this.#outbox.bytes < WINDOW || this.#stopped) return null;
    this.#room ??= new Once();
    return this.#room.promise;
  }

  async #begin(): Promise<void> {
    try {
      this.#crypto = await this.#platform.loadBulkCrypto();
    } catch (error) {
      this.stop(new WormholeError("dilation", "The ciphers of this platform cannot be loaded.", { cause: error }));
    }
    if (this.#stopped) return;
    this.#lookout.start();
    this.#post({ on: "start", side: this.#side });
    for (const message of this.#early.splice(0)) this.received(message);
  }

  #post(event: ManagerEvent): void {
    const step = manager.step(this.#manager, event, this.#platform.random);
    if (step === "unexpected") return;
    const [state, ...effects] = step;
    this.#manager = state;
    for (const effect of effects) this.#perform(effect);
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
    if (generation === 1) this.#channels.assign(role);
    const extensions = "extensions" in this.#manager ? this.#manager.extensions : [];
    this.#connector = new Connector({
      role,
      platform: this.#platform,
      talk: this.#talk(role),
      relays: this.#relays,
      listen: this.#options.listen ?? true,
      upgrades: extensions.length > 0,
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
    this.#unlink();
  }

  #won({ candidate, connection, state, rest }: Won<DilationHandshakeState>, role: Role): void {
    if (this.#crypto === null || state.at !== "chosen") return;
    this.#unlink();
    const link = new Link({
      connection,
      keys: state.keys,
      crypto: this.#crypto,
      events: {
        record: (record) => this.#record(record),
        settled: () => this.#settled(),
        ready: () => this.#pump(),
        lost: () => this.#lost(),
        breach: () => this.#breach(),
      },
    });
    const tor = this.#platform.network?.isTor ? "tor" : "";
    this.#link = link;
    this.#way = { description: `${tor}${describe(candidate)}`, relayed: candidate.kind === "relay" };
    this.#patience?.cancel();
    this.#outbox.rewind();
    // It need not send again what came before.
    this.#ackDue = this.#expected > 0;
    this.#post({ on: "linked" });
    this.#dilated.resolve(endpoints(this.#channels, role));
    if (this.#unread > MAX_UNREAD) link.pause();
    this.#keepalive.linked();
    link.start(rest);
    this.#pump();
  }

  /** Lets go of the connection, whatever it still says. */
  #unlink(): void {
    if (this.#link === null) return;
    this.#link.drop();
    this.#link = null;
    this.#way = null;
    this.#urgent = [];
    this.#ackDue = false;
    this.#keepalive.lost();
    if (!this.#stopped) this.#wait();
  }

  #lost(): void {
    this.#unlink();
    this.#connector?.lost();
    this.#post({ on: this.#leaving ? "goodbye" : "lost" });
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

  #record(record: DilationRecord): void {
    switch (record.type) {
      case "ping":
        if (this.#urgent.length < MAX_URGENT) this.#urgent.push(encodePong(record.id));
        break;
      case "pong":
        break;
      case "ack":
        if (!this.#outbox.acknowledge(record.seqnum)) this.#breach();
        else this.#acknowledged();
        break;
      case "kcm":
        this.#breach();
        break;
      default:
        this.#sequenced(record);
    }
  }

  /** OPEN, DATA and CLOSE: each once and in order. What came before is acknowledged again, and means nothing. */
  #sequenced(record: Extract<DilationRecord, { seqnum: number; subchannel: number }>): void {
    this.#ackDue = true;
    if (record.seqnum < this.#expected) return;
    if (record.seqnum > this.#expected) return this.#breach();
    this.#expected++;
    switch (record.type) {
      case "open":
        if (!this.#channels.opened(record.subchannel, record.subprotocol)) this.#breach();
        break;
      case "data":
        this.#channels.received(record.subchannel, record.payload);
        break;
      case "close":
        this.#channels.closed(record.subchannel);
        break;
    }
  }

  #settled(): void {
    if (this.#unread > MAX_UNREAD && this.#link?.isPaused === false) this.#link.pause();
    if (this.#ackDue || this.#urgent.length > 0) this.#wake();
  }

  #acknowledged(): void {
    if (this.#outbox.bytes < WINDOW) this.#makeRoom();
    if (this.#outbox.isEmpty) this.#emptied?.resolve();
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = null;
  }

  #send(record: Uint8Array, owner: Owner): void {
    if (this.#outbox.seqnum > MAX_SEQNUM) return this.stop(usedUp());
    this.#outbox.push(record, owner);
    this.#fresh += record.length;
    if (this.#fresh >= BATCH) this.#pump();
    else this.#wake();
  }

  /** Sends what there is once all that has just happened has been dealt with, so that it goes together. */
  #wake(): void {
    this.#waking ??= this.#platform.clock.after(0, () => this.#pump());
  }

  #pump(): void {
    this.#waking?.cancel();
    this.#waking = null;
    this.#fresh = 0;
    const link = this.#link;
    if (link === null) return;
    while (link.isReady && (this.#urgent.length > 0 || this.#ackDue || this.#outbox.peek() !== undefined)) {
      if (this.#ackDue) this.#urgent.push(encodeAck(this.#expected - 1));
      this.#ackDue = false;
      link.write(this.#queue);
    }
  }

  /** What is to be sent, in order. */
  readonly #queue = {
    peek: (): Uint8Array | undefined => this.#urgent[0] ?? this.#outbox.peek(),
    shift: (): void => {
      if (this.#urgent.shift() === undefined) this.#outbox.shift();
    },
  };

  /** Until everything is acknowledged, or it takes too long. */
  async #flushed(): Promise<void> {
    if (this.#outbox.isEmpty || this.#link === null) return;
    this.#emptied ??= new Once();
    const deadline = this.#platform.clock.after(LEAVE_DEADLINE, () => this.#emptied?.resolve());
    await this.#emptied.promise;
    deadline.cancel();
  }

  #heard(): boolean {
    const heard = this.#link?.heard ?? false;
    if (this.#link) this.#link.heard = false;
    return heard;
  }

  #ping(): void {
    const [a = 0, b = 0, c = 0, d = 0] = this.#platform.random(4);
    this.#urgent.push(encodePing(((a << 24) | (b << 16) | (c << 8) | d) >>> 0));
    this.#wake();
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
    else if (lost.length > 0) this.#keepalive.doubt();
    this.#connector?.moved();
  }

  /** The process, or the machine, has been asleep: nobody knows what became of its connections. */
  #awake(): void {
    this.#mailbox.moved();
    this.#keepalive.doubt();
  }

  #report(): void {
    const status = statusOf(this.#manager, this.#way, this.#connector?.ways ?? []);
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    attempt(() => this.#options.onStatus?.(status));
  }
}

/** @throws {TypeError} */
function checkOptions({
  pingInterval = PING_INTERVAL,
  patience = PATIENCE,
  expectedSubprotocols,
}: DilateOptions): void {
  for (const [name, seconds] of Object.entries({ pingInterval, patience })) {
    if (!(seconds > 0 && seconds <= MAX_SECONDS)) {
      throw new TypeError(`${name} must be a number of seconds, more than 0 and at most ${MAX_SECONDS}`);
    }
  }
  if (expectedSubprotocols !== undefined && !Array.isArray(expectedSubprotocols)) {
    throw new TypeError("expectedSubprotocols must be a list of names");
  }
}

const NOBODY: Owner = { underway() {} };

function farewell(): WormholeClosedError {
  return new WormholeClosedError("The other side has closed its wormhole.");
}

function mirrored(): WormholeError {
  return new WormholeError("reflected", "Our own messages come back: there is nobody on the other side.");
}

function gone(): WormholeError {
  return new WormholeError("peer-gone", "The other side has not been reachable for too long.");
}

function broken(): WormholeError {
  return new WormholeError("dilation", "The program on the other side does not keep to the protocol.");
}

function usedUp(): WormholeError {
  return new WormholeError("dilation", "This dilated wormhole has sent all that it can send: make a new one.");
}
