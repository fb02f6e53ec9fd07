/** The interface between a dilation and its session, which carries the control messages through the mailbox. */
import type { JsonObject } from "../base/json.ts";

/** The part of a session that a dilation uses. */
export interface Signalling {
  /** Sends a control message as the next `dilate-N` phase. It arrives once and in order, however long that takes. */
  send(message: JsonObject): void;
  /** Retries the link to the mailbox server at once if it is broken; otherwise checks that it still works. */
  hurry(): void;
  /** Replaces the link to the mailbox server, because the addresses of this machine have changed. */
  moved(): void;
}
