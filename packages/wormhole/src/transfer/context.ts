/** The parts of a transfer that its code shares. This file has types only, so that every folder here can import it. */
import type { Wormhole, WormholeStatus } from "../api.ts";
import type { Platform } from "../platform/platform.ts";
import type { ReceiveOptions, TransferEvent, TransferOptions } from "./api.ts";
import type { Conversation } from "./dialogue/conversation.ts";

/** A transfer that has started. */
export interface TransferContext {
  readonly options: TransferOptions & Pick<ReceiveOptions, "enterCode">;
  /** This machine's platform with the parts that `options` replaces. With Tor, all connections go through Tor. */
  readonly platform: Platform;
  /** Aborts with the error that ended the transfer. Every wait of a transfer ends with it. */
  readonly signal: AbortSignal;
  /** Queues an event for the application. */
  readonly emit: (event: TransferEvent<never>) => void;
  /** Ends the transfer. Of several errors, the first one counts. */
  readonly fail: (error: unknown) => void;
  /** Whether the application iterates over the events, or has taken the offer from them. */
  readonly isWatched: () => boolean;
}

/** What a side of a transfer does. */
export type Role = "sender" | "receiver";

/** A transfer whose two sides have proved to each other that they have the same code. */
export interface Meeting extends TransferContext {
  readonly role: Role;
  readonly wormhole: Wormhole;
  /** The present status of the wormhole. */
  readonly status: () => WormholeStatus;
  /** The messages to and from the peer. */
  readonly conversation: Conversation;
}
