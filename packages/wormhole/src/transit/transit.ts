import { bytesToHex } from "@noble/hashes/utils.js";
import { abilities } from "../base/abilities.ts";
import type { JsonObject } from "../base/json.ts";
import { measure, type Timing } from "../base/timing.ts";
import type { BulkCipher } from "../crypto/bulk.ts";
import { NoKeyError, TransitError } from "../errors.ts";
import type { Listener } from "../net/connection.ts";
import { chosenPlatform } from "../platform/chosen.ts";
import type { Platform } from "../platform/platform.ts";
import type { RecordPipe, Transit, TransitOptions } from "./api.ts";
import { decodeHints, type Endpoint, encodeDirect, encodeRelay, MAX_HINTS } from "./hints.ts";
import { deriveTransitKeys, type Role, relayLine, type TransitKeys } from "./keys.ts";
import { EncryptedPipe } from "./pipe/pipe.ts";
import { describe } from "./race/candidates.ts";
import { begin, type HandshakeState, handshake } from "./race/handshake.ts";
import { type Prize, RaceDriver } from "./race/race-driver.ts";
import { usable } from "./race/usable.ts";
import { watchRace } from "./race/watch.ts";
import { parseRelay } from "./relay-address.ts";

/** Bytes of a transit key. */
const KEY_LENGTH = 32;
/** Bytes of the name by which a relay tells our connections from the other side's. */
const SIDE_LENGTH = 8;

class Connector implements Transit {
  readonly #role: Role;
  /** One name for all relay connections, so that no relay pairs two of them. */
  readonly #side: string;
  readonly #platform: Platform;
  readonly #relays: readonly Endpoint[];
  readonly #listens: boolean;
  readonly #race: RaceDriver<HandshakeState, RecordPipe>;
  readonly #timing: Timing | undefined;
  /** Takes the listener off the signal that was given to us, which may live longer. */
  readonly #unheed = new AbortController();
  #listener: Promise<Listener | null> = Promise.resolve(null);
  #asked = false;
  #keys: TransitKeys | null = null;
  #over = false;

  constructor(role: Role, { relays = [], listen = true, signal, timing, ...choice }: TransitOptions) {
    signal?.throwIfAborted();
    this.#role = role;
    this.#platform = chosenPlatform(choice);
    this.#side = bytesToHex(this.#platform.random(SIDE_LENGTH));
    this.#relays = relays.map(parseRelay);
    this.#listens = listen;
    this.#timing = timing;
    const watch = timing && watchRace(timing);
    this.#race = new RaceDriver({ role, platform: this.#platform, relays: this.#relays, watch });
    signal?.addEventListener("abort", () => this.#end(signal.reason), { signal: this.#unheed.signal });
  }

  getConnectionAbilities(): JsonObject[] {
    return this.#platform.network === undefined ? [] : abilities();
  }

  async getConnectionHints(): Promise<JsonObject[]> {
    const relays = this.#relays.map(encodeRelay);
    const listener = await this.#listen();
    if (listener === null) return relays;
    const hosts = this.#addresses().slice(0, Math.max(0, MAX_HINTS - relays.length));
    return [...hosts.map((host) => encodeDirect({ host, port: listener.port, priority: 0 })), ...relays];
  }

  addConnectionHints(hints: readonly unknown[]): void {
    const { direct, relays } = usable(decodeHints(hints), this.#platform.network);
    this.#race.hinted(direct, relays);
  }

  setTransitKey(key: Uint8Array): void {
    if (!(key instanceof Uint8Array) || key.length !== KEY_LENGTH) {
      throw new TypeError(`the transit key must be a Uint8Array of ${KEY_LENGTH} bytes`);
    }
    this.#keys = deriveTransitKeys(key);
  }

  async connect({ signal }: { signal?: AbortSignal } = {}): Promise<RecordPipe> {
    signal?.throwIfAborted();
    const keys = this.#keys;
    if (keys === null) throw new NoKeyError("There is no transit key yet: call setTransitKey() first.");
    if (this.#platform.network === undefined) throw new TransitError("There are no connections on this platform.");
    const abort = () => this.#end(signal?.reason);
    signal?.addEventListener("abort", abort);
    try {
      return await measure(this.#timing, "transit connect", () => this.#run(keys));
    } finally {
      signal?.removeEventListener("abort", abort);
      this.close();
    }
  }

  close(): void {
    this.#end(new TransitError("The transit was closed on this side."));
  }

  async #run(keys: TransitKeys): Promise<RecordPipe> {
    const [cipher, listener] = await Promise.all([this.#platform.loadBulkCrypto(), this.#listener]);
    return this.#race.start(this.#prize(keys, cipher), listener !== null);
  }

  #prize(keys: TransitKeys, cipher: BulkCipher): Prize<HandshakeState, RecordPipe> {
    const role = this.#role;
    const line = relayLine(keys.relayToken, this.#side);
    const way = this.#platform.network?.isTor ? "tor" : "";
    return {
      talk: { machine: handshake, begin: (relayed) => begin(role, keys, relayed ? line : null) },
      take: ({ candidate, connection, rest }) =>
        new EncryptedPipe({
          connection,
          rest,
          cipher,
          sealKey: keys.record[role],
          openKey: keys.record[role === "sender" ? "receiver" : "sender"],
          description: `${way}${describe(candidate)}`,
        }),
    };
  }

  #end(reason: unknown): void {
    this.#over = true;
    this.#race.close(reason);
    this.#unheed.abort();
    void this.#listener.then((listener) => listener?.close());
  }

  /** Opens the port once. A machine where that is forbidden can still dial. */
  #listen(): Promise<Listener | null> {
    const { network } = this.#platform;
    if (this.#asked || this.#over || !this.#listens || !network?.listen) return this.#listener;
    this.#asked = true;
    this.#listener = network.listen((connection) => this.#race.accepted(connection)).catch(() => null);
    return this.#listener;
  }

  #addresses(): string[] {
    return this.#platform.network?.addresses() ?? [];
  }
}

/** One of the two sides must be the sender, whatever is sent later: it chooses the connection. */
export class TransitSender extends Connector {
  constructor(options: TransitOptions = {}) {
    super("sender", options);
  }
}

/** The side that waits for the sender's choice. */
export class TransitReceiver extends Connector {
  constructor(options: TransitOptions = {}) {
    super("receiver", options);
  }
}
