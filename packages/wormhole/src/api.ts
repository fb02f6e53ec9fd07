/** The public types of wormholes: their options, controls, events, status and saved state. */
/// <reference lib="esnext.disposable" preserve="true" />
import type { WaitOptions } from "./base/abort.ts";
import type { Bytes } from "./base/bytes.ts";
import type { Journal } from "./base/journal.ts";
import type { JsonObject, JsonValue } from "./base/json.ts";
import type { Timing } from "./base/timing.ts";
import type { Dilated, DilateOptions } from "./dilation/api.ts";
import type { WormholeError } from "./errors.ts";
import type { Platform } from "./platform/platform.ts";
import type { Tor } from "./platform/tor.ts";

/**
 * The mailbox server's greeting, unchanged: `motd`, `current_cli_version` and whatever a future server may add.
 *
 * It is untrusted text: print it through {@link printable}. A greeting with `error` is never passed on, because it ends
 * the wormhole with a {@link WelcomeError}.
 */
export type Welcome = JsonObject;

/** The options of {@link createWormhole}. */
export interface WormholeOptions {
  /** Separates applications from each other: a domain name, perhaps with a path. Both sides need the same one. */
  appId: string;
  /** The mailbox server, such as `ws://localhost:4000/v1`. Both sides need the same one. */
  relayUrl: string | URL;
  /** Data for the peer, which receives it before any message. Default: an empty object. */
  versions?: JsonObject | undefined;
  /**
   * A Tor through which every connection of this wormhole goes. Names are resolved there, and no direct connection is
   * ever made. Default: direct connections.
   */
  tor?: Tor | undefined;
  /**
   * Whether this wormhole announces to the peer that it can be dilated. Default: true if the platform has sockets. A
   * wormhole with a delegate cannot be dilated.
   */
  dilation?: boolean | undefined;
  /** Called once with the server's welcome, before any other event. If it throws, the error is reported and ignored. */
  welcomeHandler?: ((welcome: Welcome) => void) | undefined;
  /** Called whenever the status changes. If it throws, the error is reported and ignored. */
  onStatus?: ((status: WormholeStatus) => void) | undefined;
  /** Records when things happen. */
  timing?: Timing | undefined;
  /**
   * Closes the wormhole when it aborts, as `close()` does. Pending and later getters reject with its reason at once, and
   * `close()` rejects with it where it would reject with a {@link LonelyError}. If it has already aborted, no connection is
   * made.
   */
  signal?: AbortSignal | undefined;
  /** Replaces the platform's clock, randomness or sockets, for tests and simulations. */
  platform?: Partial<Platform> | undefined;
}

/** The options of {@link restoreWormhole}. All other properties of the wormhole are in its state. */
export interface RestoreOptions
  extends Pick<WormholeOptions, "tor" | "welcomeHandler" | "onStatus" | "timing" | "signal" | "platform"> {
  /** Receives the events. */
  delegate: WormholeDelegate;
  /** Decides when effects are released. Default: every effect is released at once. */
  journal?: Journal | undefined;
}

/** The present status of a wormhole. It holds no secrets. */
export interface WormholeStatus {
  /** The connection to the mailbox server. */
  readonly connection: "connecting" | "connected" | "disconnected" | "closed";
  /** `unverified`: the key exchange is done, but the peer has not yet proved that it has the same key. */
  readonly key: "none" | "unverified" | "verified";
  /** `used`: the code's nameplate is released, so a third program cannot join. */
  readonly code: "none" | "known" | "used";
  /**
   * The number of messages that are ready to be sent but not confirmed by the server, including those of the key
   * exchange. At 0, the peer can go on without this process. Messages that wait for the peer's proof are not counted.
   */
  readonly unsent: number;
}

/** The controls that both flavours of a wormhole have. */
export interface WormholeControls {
  /**
   * Gets a new code: the server allocates a nameplate, and this side draws `words` random words (8 bits each, default 2).
   * @throws {OnlyOneCodeError} if the wormhole already has its code
   * @throws {WormholeClosedError} after `close()` was called
   */
  allocateCode(words?: number): void;
  /**
   * Uses a complete code, such as `7-guitarist-revenge`.
   * @throws {KeyFormatError} if it cannot be a code
   * @throws {OnlyOneCodeError} if the wormhole already has its code
   * @throws {WormholeClosedError} after `close()` was called
   */
  setCode(code: string): void;
  /**
   * Lets a person type the code piece by piece, with completions.
   * @throws {OnlyOneCodeError} if the wormhole already has its code
   * @throws {WormholeClosedError} after `close()` was called
   */
  inputCode(): CodeInput;
  /**
   * Derives a key for the application's own use from the shared key, by HKDF-SHA256. Both sides get the same key. It
   * also works after the wormhole has closed.
   *
   * File transfer derives its transit key for the purpose `APPID/transit-key`. If a program uses one application id for
   * its own keys and for transfers, its purposes must differ from that one.
   * @param purpose separates keys from each other; begin it with your domain name
   * @param length bytes, 1 to 8160
   * @throws {NoKeyError} before the key is known, and after a {@link WrongPasswordError}
   * @throws {TypeError} if an argument has the wrong type, or if the library itself uses the purpose: `dilation-v1`, and
   *   all that begin with `wormhole:`
   */
  deriveKey(purpose: string, length: number): Bytes;
  /**
   * Sends one message of at most 500,000 bytes, which is copied at once. It may be called before there is a code, because
   * messages wait until the peer has proved that it has the code.
   *
   * Nothing reports that a message has arrived: `unsent` of {@link WormholeStatus} counts those that the server has not
   * confirmed. Servers limit what a mailbox holds, in number and in bytes, for its whole life.
   * @throws {WormholeError} `message-too-large` if the message is longer; `mailbox-full` if this wormhole has sent about 3 MB,
   *   which is what servers keep of one side
   * @throws {WormholeClosedError} after `close()` was called; after a failure, the error that has ended the wormhole
   */
  sendMessage(message: Uint8Array): void;
}

/**
 * Helps a person to type a code: the nameplate first, then the words, with completions for both. The front end sorts them.
 *
 * The nameplate is claimed only once the words are chosen, so a corrected typo never uses up another person's code.
 * If the wormhole has been closed in the meantime, the methods that change something throw a {@link WormholeClosedError}.
 */
export interface CodeInput {
  /** Asks the server which nameplates are waiting. @throws {AlreadyChoseNameplateError} */
  refreshNameplates(): void;
  /** The known nameplates that begin with `prefix`, each with its hyphen: `12-`. @throws {AlreadyChoseNameplateError} */
  getNameplateCompletions(prefix: string): Set<string>;
  /**
   * Chooses the nameplate.
   * @throws {KeyFormatError} if it is not a number; another one may be chosen
   * @throws {AlreadyChoseNameplateError}
   */
  chooseNameplate(nameplate: string): void;
  /** Resolves when words can be completed. If the wormhole ends first, it rejects with the error that ended it. */
  whenWordlistIsAvailable(): Promise<void>;
  /**
   * The completions of `prefix`, the part of the words that has been typed. A hyphen follows the first of two words.
   * @throws {MustChooseNameplateFirstError}
   * @throws {AlreadyChoseWordsError}
   */
  getWordCompletions(prefix: string): Set<string>;
  /**
   * Chooses the words, which completes the code.
   * @throws {KeyFormatError} if they are invalid; others may be chosen
   * @throws {MustChooseNameplateFirstError}
   * @throws {AlreadyChoseWordsError}
   */
  chooseWords(words: string): void;
}

/**
 * A wormhole whose events are promises. Each getter may be called any number of times, and each but `getMessage` always
 * returns the same value.
 *
 * When the wormhole ends, pending and later calls reject, including getters that have already returned a value. They
 * reject with the {@link WormholeError} that ended the wormhole, as `close()` does. After a normal close, they reject with
 * a {@link WormholeClosedError}. Messages that had arrived can still be read.
 *
 * Each call returns a copy, which the application may change or erase. A promise that the application ignores never ends
 * its process, however the wormhole ends.
 */
export interface Wormhole extends WormholeControls, AsyncDisposable {
  /**
   * Settles when the wormhole has ended, on this side or by an error: as `close()` does, but without closing it. An
   * application may ignore it.
   */
  readonly closed: Promise<"happy">;
  /** The server's welcome. */
  getWelcome(options?: WaitOptions): Promise<Welcome>;
  /** The code, once it is allocated, set or typed. */
  getCode(options?: WaitOptions): Promise<string>;
  /** The raw shared key, 32 bytes. The peer has not proved that it has the same key. */
  getUnverifiedKey(options?: WaitOptions): Promise<Bytes>;
  /** A 32-byte verifier for users to compare out of band. Available once the peer has proved that it has the code. */
  getVerifier(options?: WaitOptions): Promise<Bytes>;
  /** The peer's `versions`. */
  getVersions(options?: WaitOptions): Promise<JsonObject>;
  /** The next message. Each call takes one, in order, and messages that had arrived stay readable after the end. */
  getMessage(options?: WaitOptions): Promise<Bytes>;
  /**
   * All messages until the wormhole closes normally. If an error ends the wormhole, the iteration throws it.
   *
   * Messages that nothing reads wait in memory. If they are more than 20,000 or 64 MiB, the wormhole ends with a
   * {@link ServerError}.
   */
  messages(options?: WaitOptions): AsyncIterableIterator<Bytes>;
  /**
   * Turns the wormhole into a bundle of streams, which use connections of their own and survive the loss of a connection.
   *
   * Each side must call it once. It resolves when the first connection is made. That may take any time, but the `signal`
   * can end the wait. Messages keep working.
   * @throws {PeerCannotDilateError} if the peer's program does not support dilation or was configured not to use it
   * @throws {EndpointUsedError} at a second call
   * @throws {TransitError} if a relay in `options` is invalid
   * @throws {WormholeError} `no-dilation` if the option `dilation` is false or the platform has no sockets
   */
  dilate(options?: DilateOptions): Promise<Dilated>;
  /**
   * Releases everything at the server. Resolves to `"happy"`, or rejects with the {@link WormholeError} that ended the
   * wormhole. For example, it is a {@link LonelyError} if the peer never joined.
   *
   * It always settles. By then, the connection to the server is closed, unless that takes more than 3 seconds. If the
   * server is gone, it rejects with a {@link ServerConnectionError} after 5 seconds. A dilated wormhole first gives the data
   * in its subchannels 1.5 seconds to arrive.
   */
  close(): Promise<"happy">;
}

/**
 * A saved wormhole as plain JSON.
 *
 * **It holds secrets**: the code, the key, and during the key exchange its secret scalar. Keep it like a private key:
 * readable by its owner only, and erased when the wormhole has closed. Or encrypt it with {@link encryptState}. Never
 * restore one state twice.
 */
export type SerializedWormhole = JsonObject & {
  /** The version of this format. */
  format: number;
  /** The address of the mailbox server. */
  relayUrl: string;
  /** The states of the session's machines. */
  session: JsonObject;
  /** Events that the application has not seen yet. */
  untold: JsonValue[];
  /** Present if the wormhole was made with Tor. Such a wormhole can only be restored with Tor. */
  tor?: true;
};

/** A wormhole that reports its events by calls of a delegate. It can be saved. */
export interface DelegatedWormhole extends WormholeControls {
  /** The whole wormhole as plain JSON, at any moment. It holds secrets: see {@link SerializedWormhole}. */
  serialize(): SerializedWormhole;
  /** Stops as if the process had ended: nothing more is sent or released, and no event follows. */
  abandon(): void;
  /** Releases everything at the server. `wormholeClosed` follows. */
  close(): void;
}

/**
 * Receives the events of a {@link DelegatedWormhole}, in this order: welcome, code, unverified key, verifier, versions,
 * messages, closed. Each comes at most once, except messages.
 *
 * Every method is optional. If one throws, the wormhole continues, and the error is reported like any uncaught error: by
 * `reportError`, or on Node as `uncaughtException`. So an error ends a Node program that does not listen for it. Each
 * argument is a copy.
 *
 * @example
 * const delegate: WormholeDelegate = {
 *   wormholeGotCode: (code) => console.log(code),
 *   wormholeGotMessage: (message) => console.log(new TextDecoder().decode(message)),
 *   wormholeClosed: (result) => console.log(result === "happy" ? "done" : result.message),
 * };
 * const wormhole = createWormhole({ appId: "example.com/notes", relayUrl: "ws://localhost:4000/v1", delegate });
 */
export interface WormholeDelegate {
  /** The server's welcome. */
  wormholeGotWelcome?(welcome: Welcome): void;
  /** The code, once it is allocated, set or typed. */
  wormholeGotCode?(code: string): void;
  /** The raw shared key, 32 bytes. The peer has not proved that it has the same key. */
  wormholeGotUnverifiedKey?(key: Bytes): void;
  /** A 32-byte verifier for users to compare out of band. The peer has proved that it has the code. */
  wormholeGotVerifier?(verifier: Bytes): void;
  /** The peer's `versions`. */
  wormholeGotVersions?(versions: JsonObject): void;
  /** The next message from the peer. */
  wormholeGotMessage?(message: Bytes): void;
  /** The last event: `"happy"`, or the error that ended the wormhole. */
  wormholeClosed?(result: "happy" | WormholeError): void;
}
