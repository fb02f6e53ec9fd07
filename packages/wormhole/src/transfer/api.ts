/** The public types of file transfer: options, offers, events and results. */
import type { CodeInput, Welcome } from "../api.ts";
import type { JsonObject } from "../base/json.ts";
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
  relayUrl: string;
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
}

/** Options of {@link receive}. */
export interface ReceiveOptions extends TransferOptions {
  /**
   * Lets a person enter the code. It is called if there is no `code`, and resolves when the words have been chosen. If
   * it rejects, the transfer ends. Its signal aborts if the transfer ends first.
   */
  enterCode?: ((input: CodeInput, signal: AbortSignal) => Promise<void>) | undefined;
  /** The folder to store into, under the name that the sender gave, made safe. Default: the current folder. */
  directory?: string | undefined;
  /** The exact path to store to. If it is an existing folder, the received file or folder is stored in it. */
  output?: string | undefined;
  /** If true, an existing file is replaced. An existing folder is never replaced. Default: false. */
  overwrite?: boolean | undefined;
}

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
 * The events of a transfer, which arrive in order. A slow consumer misses only `progress` events that a newer one has
 * replaced. A question (`verifier` with the option `verify`, and `offer` at the receiver) has no deadline, because a
 * person answers it.
 */
export type TransferEvent<Result> =
  /** The mailbox server has answered. */
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "code"; readonly code: string }
  /** A peer has answered. It has not proved yet that it has the same code. */
  | { readonly type: "key" }
  /** With `verify`, nothing happens before `accept()`. Otherwise both functions do nothing. */
  | { readonly type: "verifier"; readonly verifier: Uint8Array; accept(): void; reject(): void }
  /** The peer has sent its versions. */
  | { readonly type: "versions"; readonly versions: JsonObject }
  /** At the sender: a member of the folder is left out, because of `ignoreUnsendable` or a loop of links. */
  | { readonly type: "skipped"; readonly path: string; readonly reason: string }
  /** At the receiver, a question to be answered. At the sender, what was offered; both functions do nothing. */
  | { readonly type: "offer"; readonly offer: Offer; accept(): void; reject(reason?: string): void }
  /** The two machines are connected. `description` is for people, and untrusted. */
  | { readonly type: "connected"; readonly description: string }
  /** `bytes` of `total` have moved. */
  | { readonly type: "progress"; readonly bytes: number; readonly total: number }
  /** No data has moved for this long. After two minutes the transfer fails. */
  | { readonly type: "stalled"; readonly seconds: number }
  /** All bytes have moved. The receiver stores or unpacks them. */
  | { readonly type: "finishing" }
  | { readonly type: "done"; readonly result: Result };

/**
 * A running transfer. Iterate over it, or only await `done`. An application may do neither; it then sees no errors.
 * The iteration also throws the error that ended the transfer.
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
