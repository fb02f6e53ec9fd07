/** The meaning of spans, by their names in this program and in the Python program. */
import type { Span } from "./decode.ts";

const SENT = ["send", "ws_send"];
const RECEIVED = ["receive", "ws_receive"];

/** Whether a span is a message of the mailbox session. */
export const isMessage = ({ name }: Span): boolean => SENT.includes(name) || RECEIVED.includes(name);

/** Whether a span is a message that was sent. */
export const isSent = ({ name }: Span): boolean => SENT.includes(name);

/** Whether a span is a wait for a person or for the other side. */
export const isWait = ({ name, details }: Span): boolean =>
  /^(?:wait|input|compare|get ack)/.test(name) || details.get("waiting") === "user";

/** Whether a span failed. */
export const isFailed = ({ details }: Span): boolean => details.has("failed") || details.get("outcome") === "failed";

/** The kinds of spans, each of which has its own colour, with their names in the legend. */
export const KINDS = {
  work: "this computer works",
  net: "network and server",
  data: "bytes flow",
  wait: "waiting for people or the other side",
};

/** Returns the kind of a span. */
export function kindOf(span: Span): keyof typeof KINDS {
  if (isWait(span)) return "wait";
  if (/^(?:send bytes|receive bytes|tx file|rx file)$/.test(span.name)) return "data";
  return /^(?:start|import|open source|unpack|store|pake\d?|permission)\b/.test(span.name) ? "work" : "net";
}

/** Returns the time of the last event. */
export const endOf = (spans: readonly Span[]): number => Math.max(...spans.map(({ start, stop }) => stop ?? start));
