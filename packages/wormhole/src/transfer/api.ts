/** The public types of file transfer: options, offers, events and results. */
import type { CodeInput, Welcome } from "../api.ts";
import type { Bytes } from "../base/bytes.ts";
import type { JsonObject } from "../base/json.ts";
import type { TransferError } from "../errors.ts";
import type { TransitOptions } from "../transit/api.ts";

/** The application id of file transfer in every Magic Wormhole program. */
export const FILE_TRANSFER_APP_ID = "lothar.com/wormhole/text-or-file-xfer";

/**
 * Options of every transfer, in addition to those of its transit. Both sides need the same `appId` and `relayUrl`.
 *
 * If `signal` aborts, the peer is informed, incomplete data is removed, and `done` rejects with the signal's reason.
 */
export interface TransferOptions extends TransitOptions {
  /** The mailbox server, such as `ws://localhost:4000/v1`. */
  relayUrl: string | URL;
  /** Default: {@link FILE_TRANSFER_APP_ID}. */
  appId?: string | undefined;
  /** The code. Default: a new code of `codeLength` words is allocated. */
  code?: string | undefined;
  /** Words of a new code. Default: 2. */
  codeLength?: number | undefined;
  /** If true, nothing is sent or accepted before `accept()` of the `verifier` event is called. Default: false. */
  verify?: boolean | undefined;
}

/** Options of {@link sendPath}. */
export interface SendPathOptions extends TransferOptions {
  /** If true, members of a folder that cannot be read are left out. Default: false, the transfer fails. */
  ignoreUnsendable?: boolean | undefined;
  /**
   * If true, links in a folder that lead outside of it are followed, so files from anywhere may be sent. Default: false,
   * such a link is unsendable. Links that stay inside are always followed.
   */
  followLinks?: boolean | undefined;
}

/**
 * A file that does not lie on a disk, for {@link sendFile}. The application implements this interface.
 *
 * @example
 * const source: FileSource = { name: "log.txt", size: 5, open: () => new Blob(["hello"]).stream() };
 */
export interface FileSource {
  /** The name to offer, without a path. */
  readonly name: string;
  /** Bytes. If `open` gives more or fewer, the transfer fails on both sides. */
  readonly size: number;
  /** Starts to give the bytes. It is called once, when the receiver has accepted the offer. */
  open(): ByteStream | Promise<ByteStream>;
}

/** A stream of bytes: that of the web, or a `Readable` of Node, or a generator. */
export type ByteStream = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** Options of {@link sendFile}. */
export interface SendFileOptions extends TransferOptions {
  /** The name to offer, without a path. Default: the name of the source. A Blob and bytes in memory have none. */
  name?: string | undefined;
}

/** Options of {@link receive}. */
export interface ReceiveOptions extends TransferOptions {
  /**
   * Lets a person enter the code. It is called if there is no `code`, and resolves when the words have been chosen. If
   * it rejects, the transfer ends. Its signal aborts if the transfer ends first.
   */
  enterCode?: ((input: CodeInput, signal: AbortSignal) => Promise<void>) | undefined;
  /** The folder to store into, under the name that the sender gave, made safe. Default: the current folder, if it can be used. */
  directory?: string | undefined;
  /**
   * The exact path to store to, relative to `directory`. If it is an existing folder, the received file or folder is
   * stored in it. If it is a pipe, a device or a descriptor such as `/dev/stdout`, or a link to one, a received file is
   * written to it as it arrives. What was written before a failure cannot be taken back.
   *
   * All of this is decided when `receive` is called: the folder stays the same even if its path leads elsewhere later. A
   * text ignores this option.
   */
  output?: string | undefined;
  /**
   * If true, an existing file is replaced, if it is still the one that was there when the question was asked. If
   * `"output"`, only a file that `output` itself names is replaced, and no link. An existing folder is never replaced.
   * Default: false.
   */
  overwrite?: boolean | "output" | undefined;
  /**
   * Decides about the offer without iterating over the events: true accepts every offer without warnings, and a function
   * decides itself. Default: the application answers the `offer` event. If there is no iteration within a second, the
   * transfer then fails with the code `undecided`.
   */
  accept?: boolean | ((question: OfferQuestion) => boolean | OfferChoice | Promise<boolean | OfferChoice>) | undefined;
  /** If true, `accept: true` also accepts names with warnings, such as hidden ones. Default: false. */
  allowHidden?: boolean | undefined;
  /** If true, an offer is accepted although too little space is known to be free. Default: false. */
  ignoreSpace?: boolean | undefined;
}

/** Options of {@link receiveFile}. */
export interface ReceiveFileOptions
  extends TransferOptions,
    Pick<ReceiveOptions, "enterCode" | "accept" | "allowHidden"> {
  /**
   * Where the bytes go: a stream, or a function that returns one when the offer has been accepted. It is closed when it
   * has all bytes, and aborted if the transfer fails. Default: memory. A text never goes there.
   */
  into?:
    | WritableStream<Uint8Array>
    | ((offer: Offer) => WritableStream<Uint8Array> | Promise<WritableStream<Uint8Array>>)
    | undefined;
  /** The most bytes that are received; a larger offer has a `problem`. Default: 64 MiB in memory, no limit with `into`. */
  maxBytes?: number | undefined;
}

/** What a transfer waits for. */
export type WaitingFor =
  /** The mailbox server answers. */
  | "server"
  /** Someone else joins with the code. At a receiver: no sender waits at this number, or it has gone. */
  | "peer"
  /** Someone has joined, and has not proved yet that the code is the same. */
  | "proof"
  /** The peer makes its offer, perhaps after its user has compared the verifier. */
  | "offer"
  /** The user on the other side answers the offer. */
  | "answer"
  /** The two machines connect. */
  | "connection"
  /** Bytes arrive, or the peer takes bytes. */
  | "bytes"
  /** The disk of this computer. */
  | "storage"
  /** The peer stores what it has received. */
  | "confirmation";

/** A question about what an offered name is. Each of them deserves a plain yes from a person. */
export type NameWarning =
  /** The name begins with a dot, so programs may read it as their settings, and it does not appear in listings. */
  | "hidden"
  /** A system or a desktop runs a file of this name when it is opened. */
  | "executable"
  /** The name has characters that hide or imitate a part of it. */
  | "misleading";

/** What a person or a program decides about an offer in another way than a plain yes. */
export interface OfferChoice {
  /** Store it here instead, as with the option `output`. Nothing is replaced there without a new `overwrite`. */
  readonly output?: string | undefined;
  /** Replace the file that the question was about, as with the option `overwrite`. */
  readonly overwrite?: boolean | undefined;
  /** Go on although too little space is known to be free. */
  readonly ignoreSpace?: boolean | undefined;
}

/** What a person or a program has to decide about an offer. */
export interface OfferQuestion {
  /** What is offered, with the name under which it will be stored. */
  readonly offer: Offer;
  /** The name as the sender gave it, unchanged; empty for a text. Untrusted. */
  readonly offeredName: string;
  /** Reasons to look twice. */
  readonly warnings: readonly NameWarning[];
  /** Where it will be stored: an absolute path, or the pipe or device that it is written to. Missing for a text. */
  readonly path?: string | undefined;
  /** Whether the file at `path` will be replaced. */
  readonly replaces?: boolean | undefined;
  /** Why the offer cannot be stored as things are. A choice may solve it. */
  readonly problem?: TransferError;
}

/** Something that a person should know and that does not end the transfer. `path` is untrusted. */
export type Notice =
  /** It is stored under another name than the one it came with, because that one cannot be kept here. */
  | { readonly notice: "renamed"; readonly path: string; readonly storedAs: string }
  /** A sent file has grown since it was measured. Only the announced bytes were sent. */
  | { readonly notice: "grown"; readonly path: string }
  /**
   * A folder becomes larger than it is on this disk, because links reach the same files several times. `files` and
   * `bytes` are those of the additional copies.
   */
  | { readonly notice: "repeated"; readonly files: number; readonly bytes: number }
  /**
   * `count` names that are sent cannot be kept by macOS or Windows. A receiver there stores them under other names or
   * leaves them out; every other receiver keeps them. `paths` are the first twenty.
   */
  | { readonly notice: "unportable"; readonly count: number; readonly paths: readonly string[] }
  /** The file system could not keep the permissions, or could not confirm that the data is on the disk. */
  | { readonly notice: "not-kept"; readonly path: string; readonly what: "mode" | "sync" }
  /** An earlier, interrupted transfer has left this part behind. */
  | { readonly notice: "leftover"; readonly path: string; readonly bytes: number }
  /** The peer's acknowledgement has no checksum, so its copy was not compared. */
  | { readonly notice: "unverified" };

/**
 * The offer of a sender. At the receiver, `name` is the safe name under which it will be stored; at the sender, it is
 * the name as sent.
 */
export type Offer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly name: string; readonly size: number }
  | {
      readonly kind: "directory";
      readonly name: string;
      /** Bytes on the wire. */
      readonly size: number;
      /** Bytes of all files when unpacked, as announced. */
      readonly unpackedSize: number;
      /** Files, as announced. */
      readonly files: number;
    };

/**
 * The events of a transfer, which arrive in order. A slow consumer misses only `progress` events and reports of one wait
 * that a newer one has replaced. A question (`verifier` with the option `verify`, and `offer` at the receiver) has no
 * deadline, because a person answers it.
 */
export type TransferEvent<Result> =
  /** The mailbox server has answered. */
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "code"; readonly code: string }
  /** A peer has answered. It has not proved yet that it has the same code. */
  | { readonly type: "key" }
  /** With `verify`, nothing happens before `accept()`. Otherwise both functions do nothing. */
  | { readonly type: "verifier"; readonly verifier: Bytes; accept(): void; reject(): void }
  /** The peer has sent its versions. */
  | { readonly type: "versions"; readonly versions: JsonObject }
  /**
   * A member of the folder is left out: at the sender, because of `ignoreUnsendable` or a loop of links; at the receiver,
   * because this system cannot store its name. `path` is untrusted.
   */
  | { readonly type: "skipped"; readonly path: string; readonly reason: string }
  /**
   * At the receiver, a question to be answered. If there is a `problem`, a choice that solves it goes on, and otherwise
   * the question is asked again; a plain `accept()` ends the transfer with the problem. The sender of a text counts it as
   * delivered when `accept()` is called, so call it when the text has been shown or stored. The reason of `reject` is shown
   * to the sender; it may be the code of a {@link TransferError}, such as `cannot-store`. At the sender, what was offered;
   * both functions do nothing.
   */
  | ({ readonly type: "offer" } & OfferQuestion & { accept(choice?: OfferChoice): void; reject(reason?: string): void })
  /** The two machines are connected. `description` is for people, and untrusted. */
  | { readonly type: "connected"; readonly description: string }
  /** `bytes` of `total` have moved. */
  | { readonly type: "progress"; readonly bytes: number; readonly total: number }
  /**
   * The transfer has waited for something for this long. Emitted at growing intervals, at least once a minute. `since` is
   * the time at which the wait began, in milliseconds since 1970. When a reported wait for the server ends, `seconds` is 0,
   * and `waitingFor` is what is waited for now.
   */
  | { readonly type: "stalled"; readonly waitingFor: WaitingFor; readonly seconds: number; readonly since: number }
  | ({ readonly type: "notice" } & Notice)
  /** All bytes have moved. The receiver stores or unpacks them. */
  | { readonly type: "finishing" }
  | { readonly type: "done"; readonly result: Result };

/**
 * A running transfer. Iterate over it, or only await `done`. An application may do neither; it then sees no errors.
 * Every iteration gets all events from the first one on, and throws the error that ended the transfer.
 */
export interface Transfer<Result> extends AsyncIterable<TransferEvent<Result>> {
  /** The code, as soon as it is known. Rejects as `done` does. */
  readonly code: Promise<string>;
  /** Rejects with the {@link WormholeError} that ended the transfer, or with the reason of `signal`. */
  readonly done: Promise<Result>;
}

/** The result of sending. `sha256` is the hexadecimal hash of the bytes on the wire: a file, or a folder's archive. */
export type SendResult = { readonly kind: "text" } | { readonly kind: "file" | "directory"; readonly sha256: string };

/** The result of receiving. `path` is absolute; `sha256` is the hexadecimal hash of the bytes on the wire. */
export type ReceiveResult =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file" | "directory"; readonly path: string; readonly sha256: string };

/**
 * The result of {@link receiveFile}. `name` is the safe name of the file or folder; `sha256` is the hexadecimal hash of the
 * `size` bytes on the wire. `bytes` are present unless there is an `into`: those of a file, or of a folder's zip archive.
 */
export type ReceiveFileResult =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "file" | "directory";
      readonly name: string;
      readonly size: number;
      readonly sha256: string;
      readonly bytes?: Uint8Array<ArrayBuffer>;
    };
