/** What the names of spans mean: those of this program, and those of the one in Python. */
import type { Span } from "./decode.ts";

const SENT = ["send", "ws_send"];
const RECEIVED = ["receive", "ws_receive"];

/** Messages of the mailbox session. */
export const isMessage = ({ name }: Span): boolean => SENT.includes(name) || RECEIVED.includes(name);
export const isSent = ({ name }: Span): boolean => SENT.includes(name);

/** Waiting for a person or for the other side. */
export const isWait = ({ name, details }: Span): boolean =>
  /^(?:wait|input|compare|get ack)/.test(name) || details.get("waiting") === "user";

const isData = ({ name }: Span): boolean => /^(?:send bytes|receive bytes|tx file|rx file)$/.test(name);

const isWork = ({ name }: Span): boolean =>
  /^(?:start|import|open source|unpack|store|pake\d?|permission)\b/.test(name);

/** How the bar of a span is coloured. */
export function kindOf(span: Span): "wait" | "data" | "work" | "net" {
  if (isWait(span)) return "wait";
  if (isData(span)) return "data";
  return isWork(span) ? "work" : "net";
}

export const isFailed = ({ details }: Span): boolean => details.has("failed") || details.get("outcome") === "failed";

/** When the last thing happened. */
export const endOf = (spans: readonly Span[]): number => Math.max(...spans.map(({ start, stop }) => stop ?? start));
