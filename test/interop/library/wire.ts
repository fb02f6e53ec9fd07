/** The mailbox protocol, as somebody sees it who reads along. */

/** What tests look at in a message of the mailbox protocol. */
export interface WireMessage {
  readonly type: string;
  readonly appid?: string;
  readonly side?: string;
  readonly phase?: string;
  readonly body?: string;
  readonly mood?: string;
  readonly mailbox?: string;
}

/** A message that came by. */
export interface Passed {
  readonly from: "client" | "server";
  readonly message: WireMessage;
  /** Whether the client's own side wrote it: tells an echo from a message of the peer. */
  readonly own: boolean;
}

/** A point of a session at which the line is cut, by the message that goes over it. */
export interface Moment {
  readonly from: "client" | "server";
  readonly type: string;
  readonly phase?: string;
  readonly own?: boolean;
  /** Cut before the message arrives, rather than just after. */
  readonly lost: boolean;
}

export function matches(moment: Moment, { from, message, own }: Passed): boolean {
  if (moment.from !== from || moment.type !== message.type) return false;
  return (moment.phase ?? message.phase) === message.phase && (moment.own ?? own) === own;
}
