/**
 * Everything that can end a wormhole, as classes with a stable `code` in kebab case.
 *
 * Messages are plain sentences for the person who reads them: what happened, and what to do. A text that came from a
 * stranger (a server, the peer) is kept in a field of its own, and inside the message only as {@link printable} text.
 */

/** The parent of every error that this library raises on purpose. */
export class WormholeError extends Error {
  /** Stable, in kebab case: for programs, where the message is for people. */
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
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

/** The mailbox server could not be reached when the wormhole was made. Later losses are repaired, not reported. */
export class ServerConnectionError extends WormholeError {
  readonly url: string;
  readonly failure: ConnectionFailure;
  constructor(url: string, failure: ConnectionFailure, message: string, options?: ErrorOptions) {
    super("server-connection", message, options);
    this.url = url;
    this.failure = failure;
  }
}

/** The mailbox server answered one of our commands with an error, such as `crowded`. */
export class ServerError extends WormholeError {
  /** The server's own words, untrusted. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super("server-error", message, options);
    this.reason = reason;
  }
}

/** The welcome of the mailbox server carried an `error`: it will not serve this client. */
export class WelcomeError extends WormholeError {
  /** The server's own words, untrusted. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super("welcome-error", message, options);
    this.reason = reason;
  }
}

/** The wormhole was closed before the peer was heard. */
export class LonelyError extends WormholeError {
  constructor(message = "The wormhole was closed before the other side was heard.", options?: ErrorOptions) {
    super("lonely", message, options);
  }
}

/** A message of the peer did not decrypt: a mistyped code, or somebody who guessed. */
export class WrongPasswordError extends WormholeError {
  constructor(
    message = "The two sides have different codes. Perhaps the code was mistyped, or somebody tried to guess it. " +
      "The code is used up: start again with a new one.",
    options?: ErrorOptions,
  ) {
    super("wrong-password", message, options);
  }
}

/** A code or nameplate that cannot be right. The message says which rule it breaks. */
export class KeyFormatError extends WormholeError {
  constructor(message: string, options?: ErrorOptions) {
    super("key-format", message, options);
  }
}

/** A wormhole takes one code, by one of `allocateCode`, `setCode` and `inputCode`. */
export class OnlyOneCodeError extends WormholeError {
  constructor(
    message = "This wormhole has its code already: make a new wormhole for another code.",
    options?: ErrorOptions,
  ) {
    super("only-one-code", message, options);
  }
}

/** The code entry is past the nameplate. */
export class AlreadyChoseNameplateError extends WormholeError {
  constructor(message = "The nameplate was chosen already.", options?: ErrorOptions) {
    super("already-chose-nameplate", message, options);
  }
}

/** The code entry is finished. */
export class AlreadyChoseWordsError extends WormholeError {
  constructor(message = "The words were chosen already.", options?: ErrorOptions) {
    super("already-chose-words", message, options);
  }
}

/** Words come after the nameplate. */
export class MustChooseNameplateFirstError extends WormholeError {
  constructor(message = "Choose the nameplate before the words.", options?: ErrorOptions) {
    super("must-choose-nameplate-first", message, options);
  }
}

/** `deriveKey` was called before the key is known, or after it was found to be wrong. */
export class NoKeyError extends WormholeError {
  constructor(message = "There is no key: wait for getUnverifiedKey() first.", options?: ErrorOptions) {
    super("no-key", message, options);
  }
}

/** The wormhole ended well, and what was asked of it can no longer happen. */
export class WormholeClosedError extends WormholeError {
  constructor(message = "The wormhole is closed.", options?: ErrorOptions) {
    super("wormhole-closed", message, options);
  }
}

/** No transit connection came about, or it was lost or corrupted. */
export class TransitError extends WormholeError {
  constructor(message: string, options?: ErrorOptions) {
    super("transit", message, options);
  }
}

/** A file transfer failed: refused, cut short, damaged, or an error that the other side reported. */
export class TransferError extends WormholeError {
  /** The other side's own words, if it has reported the error: untrusted. */
  readonly reason: string | undefined;
  constructor(message: string, options?: ErrorOptions & { reason?: string }) {
    super("transfer", message, options);
    this.reason = options?.reason;
  }
}

/** Something that was to be sent cannot be: missing, unreadable, or neither file nor directory. */
export class UnsendableFileError extends WormholeError {
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super("unsendable-file", message, options);
    this.path = path;
  }
}

/** Tor was asked for and is not there. */
export class NoTorError extends WormholeError {
  constructor(message: string, options?: ErrorOptions) {
    super("no-tor", message, options);
  }
}

/** The peer's program does not know how to dilate. */
export class PeerCannotDilateError extends WormholeError {
  constructor(message = "The program on the other side cannot dilate a wormhole.", options?: ErrorOptions) {
    super("peer-cannot-dilate", message, options);
  }
}

/** An endpoint that can be used once was used twice. */
export class EndpointUsedError extends WormholeError {
  constructor(message = "This endpoint was used already: it can be used once.", options?: ErrorOptions) {
    super("endpoint-used", message, options);
  }
}
