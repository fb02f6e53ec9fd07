import type { CodeInput, Welcome } from "../api.ts";
import type { JsonObject } from "../base/json.ts";
import type { TransitOptions } from "../transit/api.ts";

/** The application id of file transfer in every Magic Wormhole program. */
export const FILE_TRANSFER_APP_ID = "lothar.com/wormhole/text-or-file-xfer";

/**
 * Options of every transfer, beside those of its transit. Both sides need the same `appId` and `relayUrl`.
 *
 * When `signal` aborts, the peer is told, what was received is removed, and `done` rejects with the signal's reason.
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
   * Used instead of `code`: lets a person enter the code. It resolves when the words have been chosen; if it rejects, the
   * transfer ends. The signal aborts when the transfer ends first.
   */
  enterCode?: ((input: CodeInput, signal: AbortSignal) => Promise<void>) | undefined;
  /** The folder into which things are received under their own name, made safe. Default: the current folder. */
  directory?: string | undefined;
  /** The exact path to receive to. If it is an existing folder, things are received into it. */
  output?: string | undefined;
  /** If true, an existing file is replaced; an existing folder never is. Default: false. */
  overwrite?: boolean | undefined;
}

/** What the sender offers. Names are as the sender gave them: untrusted; `name` is the safe one to be used. */
export type Offer =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly name: string; readonly size: number }
  | {
      readonly kind: "directory";
      readonly name: string;
      /** Bytes on the wire. */
      readonly size: number;
      /** Bytes and files when unpacked, as announced. */
      readonly unpackedSize: number;
      readonly files: number;
    };

/**
 * What happens, in order. A consumer that is slow misses only `progress`: of several, the newest counts.
 * Waiting for a question (`verifier` with `verify`, `offer` at the receiver) has no deadline: it is for a person.
 */
export type TransferEvent<Result> =
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "code"; readonly code: string }
  /** Somebody answered: the key is not proved yet. */
  | { readonly type: "key" }
  /** With `verify`, nothing goes on before `accept()`. Otherwise both functions do nothing. */
  | { readonly type: "verifier"; readonly verifier: Uint8Array; accept(): void; reject(): void }
  | { readonly type: "versions"; readonly versions: JsonObject }
  /** At the sender: a member of the folder that is left out, because of `ignoreUnsendable` or a loop of links. */
  | { readonly type: "skipped"; readonly path: string; readonly reason: string }
  /** At the receiver: to be answered. At the sender: what was offered; both functions do nothing. */
  | { readonly type: "offer"; readonly offer: Offer; accept(): void; reject(reason?: string): void }
  /** The two machines are connected; for people, untrusted. */
  | { readonly type: "connected"; readonly description: string }
  /** Bytes on the wire so far, of `total`. */
  | { readonly type: "progress"; readonly bytes: number; readonly total: number }
  /** No byte has moved for so long; after two minutes the transfer fails. */
  | { readonly type: "stalled"; readonly seconds: number }
  /** All bytes have passed; the receiver is storing or unpacking them. */
  | { readonly type: "finishing" }
  | { readonly type: "done"; readonly result: Result };

/**
 * A transfer under way. Iterate it, or only await `done`; both may be left out, errors then go unnoticed. The iteration,
 * too, throws what ended the transfer.
 */
export interface Transfer<Result> extends AsyncIterable<TransferEvent<Result>> {
  readonly code: Promise<string>;
  /** Rejects with the {@link WormholeError} that ended the transfer. */
  readonly done: Promise<Result>;
}

/** What was sent. `sha256` (hexadecimal) is of the bytes on the wire: the file, or the archive of the folder. */
export type SendResult = { readonly kind: "text" } | { readonly kind: "file" | "directory"; readonly sha256: string };

/** What was received, and where it is. `sha256` (hexadecimal) is of the bytes on the wire. */
export type ReceiveResult =
  | { readonly kind: "text"; readonly text: string }
  /** The absolute path where it lies now. */
  | { readonly kind: "file" | "directory"; readonly path: string; readonly sha256: string };
