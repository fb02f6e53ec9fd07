import type { JsonObject } from "../base/json.ts";

/** The mailbox session, as far as a dilation needs it. */
export interface Mailbox {
  /** Sends a control message as the next `dilate-N` phase: it arrives once and in order, however long that takes. */
  send(message: JsonObject): void;
  /** Tries at once to reach the mailbox server, if the way there is broken at the moment, and asks whether it is. */
  hurry(): void;
  /** The addresses of this machine have changed: no connection from before can be trusted. */
  moved(): void;
}
