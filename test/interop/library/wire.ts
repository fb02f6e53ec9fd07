/** The messages of the mailbox protocol, as the tap sees them. */

/** The fields of a message that tests look at. */
export interface WireMessage {
  readonly type: string;
  readonly appid?: string;
  readonly side?: string;
  readonly phase?: string;
  readonly body?: string;
  readonly mood?: string;
  readonly mailbox?: string;
}

/** A message that the tap has forwarded. */
export interface Passed {
  readonly from: "client" | "server";
  readonly message: WireMessage;
  /** Whether the client's own side wrote it. This distinguishes an echo from a message of the peer. */
  readonly own: boolean;
}

/** The message at which a connection is cut. */
export interface Moment {
  readonly from: "client" | "server";
  readonly type: string;
  readonly phase?: string;
  readonly own?: boolean;
  /** Whether the connection is cut before the message arrives, or just after. */
  readonly lost: boolean;
}

/** Whether a message is the one at which to cut. */
export function matches(moment: Moment, { from, message, own }: Passed): boolean {
  if (moment.from !== from || moment.type !== message.type) return false;
  return (moment.phase ?? message.phase) === message.phase && (moment.own ?? own) === own;
}
