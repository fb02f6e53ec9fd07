/**
 * Every error that this library throws on purpose: classes with a literal `name` and a stable `code`.
 *
 * A message is a plain sentence for the person who reads it: what happened, and what to do. Text that came from a server
 * or from the peer is untrusted. It has a field of its own, and is part of the message only in {@link printable} form.
 */

/** Every value of `error.code`. Later versions may add codes, but never change the meaning of one. */
export type WormholeErrorCode =
  | "already-chose-nameplate"
  | "already-chose-words"
  | "already-live"
  | "bad-state"
  | "cancelled"
  | "cannot-store"
  | "code-forgotten"
  | "connection-closed"
  | "crowded"
  | "damaged"
  | "dilation"
  | "endpoint-used"
  | "key-format"
  | "lonely"
  | "mailbox-full"
  | "message-too-large"
  | "must-choose-nameplate-first"
  | "name-refused"
  | "no-cipher"
  | "no-dilation"
  | "no-key"
  | "no-space"
  | "no-tor"
  | "only-one-code"
  | "peer-cannot-dilate"
  | "peer-gone"
  | "reflected"
  | "rejected"
  | "server-connection"
  | "server-error"
  | "source-changed"
  | "stalled"
  | "transfer"
  | "transit"
  | "undecided"
  | "unsendable-file"
  | "verifier-rejected"
  | "welcome-error"
  | "wormhole-closed"
  | "wrong-password"
  | "wrong-role";

/** Where the fault lies: in the calling program, on this computer, in the code, at the peer, at the server, or on the network. */
export type ErrorFault = "program" | "here" | "code" | "peer" | "server" | "network";

/** The facts about an error code: where the fault lies, and whether trying again helps. */
export interface ErrorFacts {
  readonly fault: ErrorFault;
  /**
   * Whether trying again helps. `no`: not without a change. `same`: the same call may succeed later. `new-code`: start
   * again with a new wormhole and a new code.
   */
  readonly retry: "no" | "same" | "new-code";
}

/** Marks errors of this class in every copy of the package and in every realm. */
const BRAND = Symbol.for("@wormhole-ts/wormhole/error");

/** The parent of every error that this library throws on purpose. */
export class WormholeError extends Error {
  override readonly name: string = "WormholeError";
  /** A stable identifier in kebab case, for programs. The message is for people and may change. */
  readonly code: WormholeErrorCode;

  constructor(code: WormholeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Where the fault lies, and whether trying again helps. */
  get facts(): ErrorFacts {
    return ERROR_FACTS[this.code];
  }
}

/**
 * Whether a value is a {@link WormholeError}. Unlike `instanceof`, it also recognises errors of another copy of this
 * package and of another realm, such as an iframe or a worker.
 *
 * @example
 * try {
 *   await wormhole.close();
 * } catch (error) {
 *   if (isWormholeError(error) && error.code === "lonely") console.log("The other side never came.");
 *   else throw error;
 * }
 */
export function isWormholeError(value: unknown): value is WormholeError {
  return typeof value === "object" && value !== null && BRAND in value;
}

/** Why the mailbox server could not be reached. */
export type ConnectionFailure =
  | "bad-url"
  | "unknown-host"
  | "refused"
  | "unreachable"
  | "timeout"
  | "not-a-mailbox-server"
  | "tls"
  | "closed"
  | "too-large"
  | "other";

/**
 * The mailbox server could not be reached.
 *
 * Thrown if the first connection fails, or if the server has gone when the wormhole closes. A connection that is lost in
 * between is restored and causes no error.
 */
export class ServerConnectionError extends WormholeError {
  override readonly name = "ServerConnectionError";
  /** The address that was tried. */
  readonly url: string;
  readonly failure: ConnectionFailure;

  constructor(url: string, failure: ConnectionFailure, message: string, options?: ErrorOptions) {
    super("server-connection", message, options);
    this.url = url;
    this.failure = failure;
  }
}

/** The codes of a {@link ServerError}. */
export type ServerErrorCode = "server-error" | "code-forgotten" | "crowded" | "mailbox-full";

/**
 * The mailbox server answered a command with an error, such as `crowded`, or no longer has this wormhole's nameplate. It
 * ends the wormhole.
 */
export class ServerError extends WormholeError {
  override readonly name = "ServerError";
  declare readonly code: ServerErrorCode;
  /** The server's own words. Untrusted. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions & { code?: ServerErrorCode }) {
    super(options?.code ?? "server-error", message, options);
    this.reason = reason;
  }
}

/**
 * The mailbox server's welcome refused this client, or requires a permission that this client cannot get. It ends the
 * wormhole.
 */
export class WelcomeError extends WormholeError {
  override readonly name = "WelcomeError";
  /** The server's own words. Untrusted. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super("welcome-error", message, options);
    this.reason = reason;
  }
}

/**
 * The wormhole was closed before the peer had proved that it has the code. Thrown by `close()` and by every pending
 * getter.
 */
export class LonelyError extends WormholeError {
  override readonly name = "LonelyError";

  constructor(message = "The wormhole was closed before the other side joined.", options?: ErrorOptions) {
    super("lonely", message, options);
  }
}

/** The peer has another code: it was mistyped on one side, or an attacker guessed. It ends the wormhole. */
export class WrongPasswordError extends WormholeError {
  override readonly name = "WrongPasswordError";

  constructor(
    message = "The two sides have different codes. Perhaps the code was mistyped, or someone tried to guess it. " +
      "The code is used up: start again with a new one.",
    options?: ErrorOptions,
  ) {
    super("wrong-password", message, options);
  }
}

/** A code, a nameplate or words have an invalid format. The message names the broken rule. No code is used up. */
export class KeyFormatError extends WormholeError {
  override readonly name = "KeyFormatError";

  constructor(message: string, options?: ErrorOptions) {
    super("key-format", message, options);
  }
}

/** A second code was given. A wormhole takes one code, by `allocateCode`, `setCode` or `inputCode`. */
export class OnlyOneCodeError extends WormholeError {
  override readonly name = "OnlyOneCodeError";

  constructor(
    message = "This wormhole already has its code: make a new wormhole for another code.",
    options?: ErrorOptions,
  ) {
    super("only-one-code", message, options);
  }
}

/** The nameplate of a typed code was already chosen. Thrown by {@link CodeInput}. */
export class AlreadyChoseNameplateError extends WormholeError {
  override readonly name = "AlreadyChoseNameplateError";

  constructor(message = "The nameplate has already been chosen.", options?: ErrorOptions) {
    super("already-chose-nameplate", message, options);
  }
}

/** The words of a typed code were already chosen. Thrown by {@link CodeInput}. */
export class AlreadyChoseWordsError extends WormholeError {
  override readonly name = "AlreadyChoseWordsError";

  constructor(message = "The words have already been chosen.", options?: ErrorOptions) {
    super("already-chose-words", message, options);
  }
}

/** Words were asked for or given before the nameplate. Thrown by {@link CodeInput}. */
export class MustChooseNameplateFirstError extends WormholeError {
  override readonly name = "MustChooseNameplateFirstError";

  constructor(message = "Choose the nameplate before the words.", options?: ErrorOptions) {
    super("must-choose-nameplate-first", message, options);
  }
}

/** `deriveKey` was called before the key was known, or after the peer turned out to have another code. */
export class NoKeyError extends WormholeError {
  override readonly name = "NoKeyError";

  constructor(message = "There is no key yet: wait for getUnverifiedKey() first.", options?: ErrorOptions) {
    super("no-key", message, options);
  }
}

/** The wormhole was closed normally, on this side or on the other, so this call can no longer succeed. */
export class WormholeClosedError extends WormholeError {
  override readonly name = "WormholeClosedError";

  constructor(message = "The wormhole is closed.", options?: ErrorOptions) {
    super("wormhole-closed", message, options);
  }
}

/** No transit connection could be made, or it was lost, or its data was corrupted. */
export class TransitError extends WormholeError {
  override readonly name = "TransitError";

  constructor(message: string, options?: ErrorOptions) {
    super("transit", message, options);
  }
}

/** The codes of a {@link TransferError}: the classes of failure, which both sides learn. */
export type TransferErrorCode =
  | "transfer"
  | "cancelled"
  | "cannot-store"
  | "damaged"
  | "name-refused"
  | "no-space"
  | "rejected"
  | "source-changed"
  | "stalled"
  | "undecided"
  | "verifier-rejected"
  | "wrong-role";

/**
 * A file transfer failed: it was refused or cut short, its data was damaged, or the other side reported an error. `code`
 * is the class of the failure; it is the same on both sides if both programs are of this project.
 */
export class TransferError extends WormholeError {
  override readonly name = "TransferError";
  declare readonly code: TransferErrorCode;
  /** The other side's own words, if it reported the error. Untrusted. */
  readonly reason: string | undefined;

  constructor(
    message: string,
    options?: ErrorOptions & { code?: TransferErrorCode | undefined; reason?: string | undefined },
  ) {
    super(options?.code ?? "transfer", message, options);
    this.reason = options?.reason;
  }
}

/**
 * A file cannot be sent: it is missing or unreadable, or it is neither a file nor a folder. If members of a folder cannot
 * be sent, one error names all of them. Thrown before a code exists.
 */
export class UnsendableFileError extends WormholeError {
  override readonly name = "UnsendableFileError";
  /** The path as it was given, or the first of {@link paths}. */
  readonly path: string;
  /** Every path that cannot be sent. The path of a member begins with the name of its folder. */
  readonly paths: readonly string[];
  /** The options of `sendPath` with which the transfer goes on without these members, or with what they lead to. */
  readonly remedies: readonly ("ignoreUnsendable" | "followLinks")[];

  constructor(
    path: string,
    message: string,
    options?: ErrorOptions & { paths?: readonly string[]; remedies?: UnsendableFileError["remedies"] },
  ) {
    super("unsendable-file", message, options);
    this.path = path;
    this.paths = options?.paths ?? [path];
    this.remedies = options?.remedies ?? [];
  }
}

/** Tor was requested, but could not be reached or launched. Thrown by `getTor`. Nothing is ever sent without Tor. */
export class NoTorError extends WormholeError {
  override readonly name = "NoTorError";

  constructor(message: string, options?: ErrorOptions) {
    super("no-tor", message, options);
  }
}

/** The peer's program does not support dilation, or was configured not to use it. Thrown by `dilate()`. */
export class PeerCannotDilateError extends WormholeError {
  override readonly name = "PeerCannotDilateError";

  constructor(message = "The program on the other side cannot dilate a wormhole.", options?: ErrorOptions) {
    super("peer-cannot-dilate", message, options);
  }
}

/** An endpoint that can be used once was used twice. Thrown by `connect()`, `listen()` and `dilate()`. */
export class EndpointUsedError extends WormholeError {
  override readonly name = "EndpointUsedError";

  constructor(message = "This endpoint has already been used: it can be used once.", options?: ErrorOptions) {
    super("endpoint-used", message, options);
  }
}

/** The facts of each code. `docs/errors.md` explains each of them; a test compares the two. */
export const ERROR_FACTS: { readonly [C in WormholeErrorCode]: ErrorFacts } = {
  "already-chose-nameplate": { fault: "program", retry: "no" },
  "already-chose-words": { fault: "program", retry: "no" },
  "already-live": { fault: "program", retry: "no" },
  "bad-state": { fault: "program", retry: "no" },
  cancelled: { fault: "peer", retry: "new-code" },
  "cannot-store": { fault: "here", retry: "new-code" },
  "code-forgotten": { fault: "server", retry: "new-code" },
  "connection-closed": { fault: "network", retry: "same" },
  crowded: { fault: "server", retry: "new-code" },
  damaged: { fault: "network", retry: "new-code" },
  dilation: { fault: "peer", retry: "new-code" },
  "endpoint-used": { fault: "program", retry: "no" },
  "key-format": { fault: "code", retry: "no" },
  lonely: { fault: "peer", retry: "new-code" },
  "mailbox-full": { fault: "program", retry: "new-code" },
  "message-too-large": { fault: "program", retry: "no" },
  "must-choose-nameplate-first": { fault: "program", retry: "no" },
  "name-refused": { fault: "peer", retry: "new-code" },
  "no-cipher": { fault: "here", retry: "no" },
  "no-dilation": { fault: "program", retry: "no" },
  "no-key": { fault: "program", retry: "same" },
  "no-space": { fault: "here", retry: "new-code" },
  "no-tor": { fault: "here", retry: "same" },
  "only-one-code": { fault: "program", retry: "no" },
  "peer-cannot-dilate": { fault: "peer", retry: "no" },
  "peer-gone": { fault: "network", retry: "new-code" },
  reflected: { fault: "server", retry: "new-code" },
  rejected: { fault: "peer", retry: "new-code" },
  "server-connection": { fault: "network", retry: "same" },
  "server-error": { fault: "server", retry: "new-code" },
  "source-changed": { fault: "peer", retry: "new-code" },
  stalled: { fault: "network", retry: "new-code" },
  transfer: { fault: "peer", retry: "new-code" },
  transit: { fault: "network", retry: "new-code" },
  undecided: { fault: "program", retry: "no" },
  "unsendable-file": { fault: "here", retry: "no" },
  "verifier-rejected": { fault: "peer", retry: "new-code" },
  "welcome-error": { fault: "server", retry: "same" },
  "wormhole-closed": { fault: "program", retry: "no" },
  "wrong-password": { fault: "code", retry: "new-code" },
  "wrong-role": { fault: "peer", retry: "new-code" },
};
