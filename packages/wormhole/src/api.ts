import type { WaitOptions } from "./base/abort.ts";
import type { JsonObject, JsonValue } from "./base/json.ts";
import type { Timing } from "./base/timing.ts";
import type { Dilated, DilateOptions } from "./dilation/api.ts";
import type { WormholeError } from "./errors.ts";
import type { Platform } from "./platform/platform.ts";
import type { Tor } from "./platform/tor.ts";

/**
 * The mailbox server's greeting: `motd`, `current_cli_version` and whatever a future server may add, passed on as it
 * came. Untrusted text: print it through {@link printable}. A welcome with `error` never gets here: it ends the
 * wormhole with a {@link WelcomeError}.
 */
export type Welcome = JsonObject;

/** What a wormhole is made from. */
export interface WormholeOptions {
  /** Separates applications from each other: a domain name, perhaps with a path. Both sides need the same. */
  appId: string;
  /** The mailbox server, such as `ws://localhost:4000/v1`. Both sides need the same. */
  relayUrl: string;
  /** Given to the peer before any message. Default: an empty object. */
  versions?: JsonObject | undefined;
  /**
   * Every connection of this wormhole goes through Tor: names are resolved there, and nothing is ever dialled directly.
   * Default: direct connections.
   */
  tor?: Tor | undefined;
  /**
   * Whether the peer is told that this wormhole can be dilated: by default wherever there are sockets. A wormhole with a
   * delegate cannot be.
   */
  dilation?: boolean | undefined;
  /** Called with the server's welcome, once, before any other event; an exception in it harms nothing. */
  welcomeHandler?: ((welcome: Welcome) => void) | undefined;
  /** Called whenever the status changes; an exception in it harms nothing. */
  onStatus?: ((status: WormholeStatus) => void) | undefined;
  /** Records what happens when. */
  timing?: Timing | undefined;
  /** Closes the wormhole when it aborts, as `close()` does. */
  signal?: AbortSignal | undefined;
  /** Replaces the platform's clock, randomness or sockets: for tests and simulations. */
  platform?: Partial<Platform> | undefined;
}

/** What a wormhole is doing, without secrets. */
export interface WormholeStatus {
  readonly connection: "connecting" | "connected" | "disconnected" | "closed";
  readonly key: "none" | "unverified" | "verified";
  readonly code: "none" | "known" | "used";
  /**
   * Messages of ours, those of the key exchange included, that are ready for the server and that it is not known to
   * hold. At 0 the peer needs nothing of this process to go on. Messages that wait for the peer's proof are not ready.
   */
  readonly unsent: number;
}

/** What an application can do with a wormhole, in both flavours. */
export interface WormholeControls {
  /**
   * Asks the server for a nameplate and draws `words` random words for it (8 bits each, default 2).
   * @throws {OnlyOneCodeError} if the wormhole has its code; @throws {WormholeClosedError} from `close()` on
   */
  allocateCode(words?: number): void;
  /**
   * Takes a complete code, such as `7-guitarist-revenge`.
   * @throws {KeyFormatError} if it cannot be a code; @throws {OnlyOneCodeError} if the wormhole has its code;
   *   @throws {WormholeClosedError} from `close()` on
   */
  setCode(code: string): void;
  /**
   * Takes the code from a person, piece by piece, with completions.
   * @throws {OnlyOneCodeError} if the wormhole has its code; @throws {WormholeClosedError} from `close()` on
   */
  inputCode(): CodeInput;
  /**
   * A key for the application's own use: HKDF-SHA256 of the shared key, `length` bytes (1 to 8160), the same on both sides.
   * Also after the end.
   * @throws {NoKeyError} before the key is known, and after a {@link WrongPasswordError}
   */
  deriveKey(purpose: string, length: number): Uint8Array;
  /**
   * Sends one message of at most 500,000 bytes, also before there is a code: it is held back until the peer has proved
   * that it knows the code.
   * @throws {WormholeError} `message-too-large`; @throws {WormholeClosedError} from `close()` on
   */
  sendMessage(message: Uint8Array): void;
}

/**
 * Helps a person to type a code: nameplate first, words after it, with completions for both. The front end sorts them.
 * The nameplate is claimed only when the words are chosen, so that a typo that is mended spoils nobody's code. What would
 * go on with a wormhole that was closed meanwhile throws a {@link WormholeClosedError}.
 */
export interface CodeInput {
  /** Asks the server which nameplates are waiting. @throws {AlreadyChoseNameplateError} */
  refreshNameplates(): void;
  /** Those known, each with its hyphen: `12-`. @throws {AlreadyChoseNameplateError} */
  getNameplateCompletions(prefix: string): Set<string>;
  /** @throws {KeyFormatError} if it is not a number (try again); @throws {AlreadyChoseNameplateError} */
  chooseNameplate(nameplate: string): void;
  /** Resolves when words can be completed; rejects with what ended the wormhole, if that comes first. */
  whenWordlistIsAvailable(): Promise<void>;
  /**
   * Completions of all words typed so far, with a hyphen where more are expected (two words unless told otherwise).
   * @throws {MustChooseNameplateFirstError} @throws {AlreadyChoseWordsError}
   */
  getWordCompletions(prefix: string): Set<string>;
  /** @throws {MustChooseNameplateFirstError} @throws {AlreadyChoseWordsError} @throws {KeyFormatError} (try again) */
  chooseWords(words: string): void;
}

/**
 * A wormhole whose events are promises. Each getter may be called often, and each but `getMessage` gives the same value.
 *
 * When the wormhole ends, what is pending rejects, and so does every later call, also of a getter that had given its
 * value: with the {@link WormholeError} that ended it (the one that `close()` rejects with), or with a
 * {@link WormholeClosedError} if it ended well. Messages that had arrived can still be read first.
 */
export interface Wormhole extends WormholeControls, AsyncDisposable {
  getWelcome(options?: WaitOptions): Promise<Welcome>;
  getCode(options?: WaitOptions): Promise<string>;
  /** The raw key, 32 bytes. Nobody has proved yet to share it. */
  getUnverifiedKey(options?: WaitOptions): Promise<Uint8Array>;
  /** 32 bytes for people to compare. When it comes, somebody has used the same code. */
  getVerifier(options?: WaitOptions): Promise<Uint8Array>;
  /** What the peer gave as `versions`. */
  getVersions(options?: WaitOptions): Promise<JsonObject>;
  /** The next message, in order; each call takes one. What had arrived stays readable after the end. */
  getMessage(options?: WaitOptions): Promise<Uint8Array>;
  /** All messages, until the wormhole closes well; throws what ended it otherwise. */
  messages(options?: WaitOptions): AsyncIterable<Uint8Array>;
  /**
   * Turns the wormhole into a bundle of streams over a connection of their own, which survive the loss of it. Both sides
   * have to ask for it; resolves when they are connected for the first time, and waits as long as that takes unless
   * the `signal` ends the wait. Messages go on working. Can be called once.
   * @throws {PeerCannotDilateError} if the other side's program does not know how, or was told not to
   * @throws {EndpointUsedError} for a second call
   * @throws {TransitError} if a relay is none
   * @throws {WormholeError} `no-dilation` if this side was told not to, or has no sockets
   */
  dilate(options?: DilateOptions): Promise<Dilated>;
  /**
   * Releases everything at the server. Resolves to `"happy"`, or rejects with the {@link WormholeError} that ended
   * the wormhole: {@link LonelyError} if no peer was heard. Always ends: within 5 seconds if the server is gone, which a
   * {@link ServerConnectionError} then says. A dilated wormhole first gives what was written to its subchannels 1.5
   * seconds to arrive.
   */
  close(): Promise<"happy">;
}

/**
 * A wormhole as plain JSON. **It holds secrets**: the code, the key, and between the two halves of the key exchange
 * the scalar that is its only protection. Keep it as one keeps a private key (owner-only, erased when the wormhole has
 * closed), or encrypted by {@link encryptState}. Never restore one state twice.
 */
export interface SerializedWormhole extends JsonObject {
  format: number;
  relayUrl: string;
  session: JsonObject;
  untold: JsonValue[];
  tor?: true;
}

/** A wormhole whose events are calls of its delegate. */
export interface DelegatedWormhole extends WormholeControls {
  /** All that this wormhole is, at any moment, as plain JSON. It holds secrets: see {@link SerializedWormhole}. */
  serialize(): SerializedWormhole;
  /** Lets go as if the process had ended: nothing is sent or released, and no event follows. */
  abandon(): void;
  /** Releases everything at the server; `wormholeClosed` follows. */
  close(): void;
}

/**
 * Receives a wormhole's events, in this order: welcome, code, unverified key, verifier, versions, messages, closed;
 * each at most once but messages. Every method is optional. One that throws harms nothing: the error is reported to
 * the platform like any uncaught one.
 */
export interface WormholeDelegate {
  wormholeGotWelcome?(welcome: Welcome): void;
  wormholeGotCode?(code: string): void;
  wormholeGotUnverifiedKey?(key: Uint8Array): void;
  wormholeGotVerifier?(verifier: Uint8Array): void;
  wormholeGotVersions?(versions: JsonObject): void;
  wormholeGotMessage?(message: Uint8Array): void;
  wormholeClosed?(result: "happy" | WormholeError): void;
}
