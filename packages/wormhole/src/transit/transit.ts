/** The public classes of transit: one side of a transit, as the sender or as the receiver. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { abilities } from "../base/abilities.ts";
import { onAbort, type WaitOptions } from "../base/abort.ts";
import { copyBytes, isBytes } from "../base/bytes.ts";
import { guarded } from "../base/guarded.ts";
import type { JsonObject } from "../base/json.ts";
import { measure, type Timing } from "../base/timing.ts";
import type { BulkCipher } from "../crypto/bulk.ts";
import { KEY_LENGTH } from "../crypto/keys.ts";
import { NoKeyError, TransitError } from "../errors.ts";
import type { Listener } from "../net/connection.ts";
import { ownAddresses } from "../net/own-addresses.ts";
import { chosenPlatform } from "../platform/chosen.ts";
import type { Platform } from "../platform/platform.ts";
import type { RecordPipe, Transit, TransitOptions } from "./api.ts";
import { decodeHints, type Endpoint, ownHints } from "./hints.ts";
import { deriveTransitKeys, relayLine, type TransitKeys, type TransitRole } from "./keys.ts";
import { checkTransitOptions } from "./options.ts";
import { EncryptedPipe } from "./pipe/pipe.ts";
import { Opener, readLength } from "./pipe/record.ts";
import { beginHandshake, type HandshakeState, handshake } from "./race/handshake.ts";
import { ProvingConnection } from "./race/proving-connection.ts";
import { RaceDriver, type StartOptions } from "./race/race-driver.ts";
import { usable } from "./race/usable.ts";
import { watchRace } from "./race/watch.ts";
import { parseRelay } from "./relay-address.ts";
import { isUsed, markUsed } from "./used-keys.ts";

/** The length in bytes of the name by which relays distinguish the two sides. */
const SIDE_LENGTH = 8;

/** The common part of {@link TransitSender} and {@link TransitReceiver}, which differ only in their role. */
export abstract class AbstractTransit implements Transit {
  readonly #role: TransitRole;
  /** One name for all connections to relays, so that no relay pairs two of them with each other. */
  readonly #side: string;
  readonly #platform: Platform;
  readonly #relays: readonly Endpoint[];
  readonly #listens: boolean;
  readonly #race: RaceDriver<HandshakeState, RecordPipe>;
  readonly #timing: Timing | undefined;
  /** Removes the listener from the signal of the options, which may outlive this transit. */
  readonly #ignoreSignal: () => void;
  #listener: Promise<Listener | null> = Promise.resolve(null);
  /** Whether the port was opened or is being opened. That happens once. */
  #listenerAsked = false;
  #keys: TransitKeys | null = null;
  #over = false;

  constructor(role: TransitRole, options: TransitOptions) {
    checkTransitOptions(options);
    const { relays = [], listen = true, signal, timing, ...choice } = options;
    signal?.throwIfAborted();
    this.#role = role;
    this.#platform = chosenPlatform(choice);
    this.#side = bytesToHex(this.#platform.random(SIDE_LENGTH));
    this.#relays = relays.map(parseRelay);
    this.#listens = listen;
    this.#timing = timing;
    const watch = timing && watchRace(timing);
    this.#race = new RaceDriver({ role, platform: this.#platform, relays: this.#relays, proving: true, watch });
    this.#ignoreSignal = onAbort(signal, (reason) => this.#end(reason));
  }

  getConnectionAbilities(): JsonObject[] {
    return this.#platform.network === undefined ? [] : abilities();
  }

  getConnectionHints(): Promise<JsonObject[]> {
    return guarded(this.#hints());
  }

  async #hints(): Promise<JsonObject[]> {
    const { network } = this.#platform;
    if (network === undefined) return [];
    const listener = await this.#listen();
    return ownHints(listener === null ? [] : ownAddresses(network), listener?.port ?? 0, this.#relays);
  }

  addConnectionHints(hints: readonly unknown[]): void {
    this.#race.hinted(usable(decodeHints(hints), this.#platform.network));
  }

  setTransitKey(key: Uint8Array): void {
    if (!isBytes(key) || key.length !== KEY_LENGTH) {
      throw new TypeError(`the transit key must be a Uint8Array of ${KEY_LENGTH} bytes`);
    }
    this.#keys = deriveTransitKeys(copyBytes(key));
  }

  connect(options?: WaitOptions): Promise<RecordPipe> {
    return guarded(this.#connect(options));
  }

  async #connect({ signal }: WaitOptions = {}): Promise<RecordPipe> {
    signal?.throwIfAborted();
    const keys = this.#keys;
    if (keys === null) throw new NoKeyError("There is no transit key yet: call setTransitKey() first.");
    if (this.#platform.network === undefined) throw new TransitError("This platform cannot open connections.");
    this.#refuseUsed(keys);
    const ignoreSignal = onAbort(signal, (reason) => this.#end(reason));
    this.#race.over.then(() => this.close()).catch(() => {});
    try {
      return await measure(this.#timing, "transit connect", () => this.#run(keys));
    } catch (error) {
      this.close();
      throw error;
    } finally {
      ignoreSignal();
    }
  }

  close(): void {
    this.#end(new TransitError("The transit was closed on this side."));
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #run(keys: TransitKeys): Promise<RecordPipe> {
    const [cipher, listener] = await Promise.all([this.#platform.loadBulkCrypto(), this.#listener]);
    return this.#race.start(this.#startOptions(keys, cipher), listener !== null);
  }

  #startOptions(keys: TransitKeys, cipher: BulkCipher): StartOptions<HandshakeState, RecordPipe> {
    const role = this.#role;
    const openKey = keys.record[role === "sender" ? "receiver" : "sender"];
    const line = relayLine(keys.relayToken, this.#side);
    const prefix = this.#platform.network?.isTor ? "tor" : "";
    return {
      protocol: { machine: handshake, begin: (relayed) => beginHandshake(role, keys, relayed ? line : null) },
      onWon: ({ candidate, connection, rest }) => {
        this.#refuseUsed(keys);
        markUsed(keys.relayToken, role);
        return new EncryptedPipe({
          connection,
          rest,
          cipher,
          sealKey: keys.record[role],
          openKey,
          describe: () =>
            `${prefix}${connection instanceof ProvingConnection ? connection.description : candidate.description}`,
        });
      },
      firstRecord: { readLength, opens: (sealed) => new Opener(cipher, openKey).canOpen(sealed) },
    };
  }

  /** With one key, a second connection would repeat the keystream of the first. @throws {NoKeyError} */
  #refuseUsed({ relayToken }: TransitKeys): void {
    if (!isUsed(relayToken, this.#role)) return;
    throw new NoKeyError("This transit key has made a connection before. Derive a new key for each connection.");
  }

  #end(reason: unknown): void {
    this.#over = true;
    this.#race.close(reason);
    this.#ignoreSignal();
    this.#listener.then((listener) => listener?.close()).catch(() => {});
  }

  /** Opens the port, once. If the system forbids it, this side can still dial. */
  #listen(): Promise<Listener | null> {
    const { network } = this.#platform;
    if (this.#listenerAsked || this.#over || !this.#listens || !network?.listen) return this.#listener;
    this.#listenerAsked = true;
    this.#listener = network.listen((connection) => this.#race.accepted(connection)).catch(() => null);
    return this.#listener;
  }
}

/**
 * The side of a transit that chooses the connection. Exactly one of the two sides must be the sender, whatever is sent
 * later: records go in both directions.
 *
 * @example
 * const transit = new TransitSender({ relays: ["tcp:relay.example:4001"] });
 * transit.setTransitKey(wormhole.deriveKey("example.com/app/transit", 32));
 * wormhole.sendMessage(encode(await transit.getConnectionHints())); // the other side does the same
 * transit.addConnectionHints(decode(await wormhole.getMessage()));
 * await using pipe = await transit.connect();
 * await pipe.sendRecord(new TextEncoder().encode("hello"));
 */
export class TransitSender extends AbstractTransit {
  /** @throws {TransitError} if a relay is invalid; @throws the signal's reason if it has already aborted */
  constructor(options: TransitOptions = {}) {
    super("sender", options);
  }
}

/** The side of a transit that waits for the sender's choice. It is used like {@link TransitSender}. */
export class TransitReceiver extends AbstractTransit {
  /** @throws {TransitError} if a relay is invalid; @throws the signal's reason if it has already aborted */
  constructor(options: TransitOptions = {}) {
    super("receiver", options);
  }
}
