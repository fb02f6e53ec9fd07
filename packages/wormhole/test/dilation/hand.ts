/** A real dilation, and a played peer: it has the key, and the test decides which records it sends. */
import { onTestFinished, vi } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { Once } from "../../src/base/once.ts";
import type { NoiseKeys } from "../../src/crypto/noise.ts";
import type { Dilated, DilateOptions } from "../../src/dilation/api.ts";
import { Dilation } from "../../src/dilation/dilation.ts";
import { FrameOpener, FrameSealer, readFrameLength } from "../../src/dilation/wire/frames.ts";
import { begin, type DilationHandshakeState, dilationHandshake } from "../../src/dilation/wire/handshake.ts";
import { type DilationRecord, decodeRecord } from "../../src/dilation/wire/records.ts";
import type { DilationRole } from "../../src/dilation/wire/role.ts";
import { WormholeClosedError } from "../../src/errors.ts";
import type { Connection } from "../../src/net/connection.ts";
import { platform } from "../../src/platform/node.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";
import { RecordCutter } from "../../src/transit/pipe/record-cutter.ts";
import type { HandshakeEffect, HandshakeEvent } from "../../src/transit/race/handshake.ts";
import { clock } from "./clock.ts";
import { KEY } from "./pair.ts";

const cipher = await platform.loadChaCha();

/** The played peer's end of a chosen connection. It can send any records, and keeps those that it receives. */
export class PlayedConnection {
  /** All records that have come. */
  readonly got: DilationRecord[] = [];
  /** Resolves when the dilation has dropped the connection. */
  readonly lost = new Once<void>();
  readonly #connection: Connection;
  readonly #chosen = new Once<void>();
  readonly #cutter = new RecordCutter(readFrameLength);
  #state: DilationHandshakeState;
  #sealer: FrameSealer | null = null;
  #opener: FrameOpener | null = null;

  constructor(connection: Connection, role: DilationRole) {
    this.#connection = connection;
    this.#state = begin(role, KEY);
    connection.receive({
      chunk: (bytes) => (this.#opener ? this.#read(bytes) : this.#post({ on: "bytes", bytes: bytes.slice() })),
      ended: () => this.lost.resolve(),
    });
    this.#post({ on: "open" });
  }

  get chosen(): Promise<void> {
    return this.#chosen.promise;
  }

  /** Sends records in one write. */
  send(...records: Uint8Array[]): void {
    this.write(Buffer.concat(records.map((record) => this.seal(record))));
  }

  seal(record: Uint8Array): Uint8Array {
    if (this.#sealer === null) throw new Error("not chosen yet");
    return this.#sealer.seal(record);
  }

  /** Writes bytes without sealing them. */
  write(bytes: Uint8Array): void {
    this.#connection.write(bytes);
  }

  /** Stops reading until {@link resume}. */
  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    this.#connection.destroy();
  }

  /** The records of one type that have come. */
  all<T extends DilationRecord["type"]>(type: T): Extract<DilationRecord, { type: T }>[] {
    return this.got.filter((record): record is Extract<DilationRecord, { type: T }> => record.type === type);
  }

  #post(event: HandshakeEvent): void {
    const step = dilationHandshake.step(this.#state, event, platform.random);
    if (step === "unexpected") throw new Error(`${event.on} is out of order`);
    const [state, ...effects] = step;
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: HandshakeEffect): void {
    if (effect.do === "write") this.write(effect.bytes);
    if (effect.do === "ready" && this.#state.at === "ready") this.#post({ on: "choose" });
    if (effect.do === "chosen" && this.#state.at === "chosen") this.#begin(this.#state.keys, effect.rest);
  }

  #begin({ send, receive }: NoiseKeys, rest: Uint8Array): void {
    this.#sealer = new FrameSealer(cipher, send, 1);
    this.#opener = new FrameOpener(cipher, receive, 1);
    this.#chosen.resolve();
    this.#read(rest);
  }

  #read(bytes: Uint8Array): void {
    this.#cutter.feed(bytes);
    for (let frame = this.#cutter.next(); frame !== null; frame = this.#cutter.next()) {
      const record = this.#opener && decodeRecord(this.#opener.open(frame));
      if (record) this.got.push(record);
    }
    this.#cutter.retain();
  }
}

export interface Played {
  readonly dilation: Dilation;
  readonly dilated: Dilated;
  /** Control messages that the dilation has sent. */
  readonly sent: JsonObject[];
  readonly network: MemoryNetwork;
  /** The peer's role. */
  readonly role: DilationRole;
  /** The first connection. */
  readonly connection: PlayedConnection;
  /** Makes the next connection, after the dilation has lost the present one. */
  readonly next: () => Promise<PlayedConnection>;
}

/** Starts a dilation with a played peer of this role. */
export async function play(
  role: DilationRole,
  options: DilateOptions & { readonly extensions?: string[] } = {},
): Promise<Played> {
  const network = new MemoryNetwork();
  const sent: JsonObject[] = [];
  const mailbox = { send: (message: JsonObject) => void sent.push(message), hurry() {}, moved() {} };
  const dilation = new Dilation(mailbox, {
    ...options,
    platform: { ...platform, clock, network: network.machine("10.0.0.1") },
  });
  onTestFinished(() => dilation.stop(new WormholeClosedError()));
  dilation.start(KEY);
  const { extensions = ["ask-reconnect", "goodbye", "credit"] } = options;
  dilation.received({ type: "please", side: (role === "leader" ? "f" : "0").repeat(16), extensions });
  let taken = 0;
  /** Waits for the dilation's next control message of this type. */
  const nextControl = async (type: string): Promise<JsonObject> => {
    const find = () => sent.findIndex((message, n) => n >= taken && message.type === type);
    await vi.waitUntil(() => find() >= 0, { timeout: 20_000, interval: 2 });
    taken = find() + 1;
    return sent[taken - 1] ?? {};
  };
  const dial = async () => {
    const [hint] = (await nextControl("connection-hints")).hints as { hostname: string; port: number }[];
    const { signal } = new AbortController();
    const dialled = await network.machine("10.0.0.2").dial(hint?.hostname ?? "", hint?.port ?? 0, { signal });
    const played = new PlayedConnection(dialled, role);
    await played.chosen;
    return played;
  };
  const connection = await dial();
  const next = async () => {
    if (role === "leader") {
      dilation.received({ type: "reconnect" });
      await nextControl("reconnecting");
    } else {
      await nextControl("reconnect");
      dilation.received({ type: "reconnecting" });
    }
    return dial();
  };
  return { dilation, dilated: await dilation.dilated, sent, network, role, connection, next };
}
