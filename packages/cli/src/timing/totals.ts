/** What a recording comes to. */
import { size } from "../terminal/size.ts";
import type { Span } from "./decode.ts";
import { endOf, isMessage, isSent, isWait } from "./kinds.ts";
import { duration } from "./markup.ts";

/** Rows of a table: what, and how much. */
export const TOTALS: readonly [what: string, of: (spans: readonly Span[]) => string][] = [
  [
    "from the first event to the last",
    (spans) => duration(endOf(spans) - Math.min(...spans.map(({ start }) => start))),
  ],
  ["of that, waiting for people or the other side", (spans) => duration(covered(spans.filter(isWait)))],
  ["messages sent", (spans) => traffic(spans.filter(isSent))],
  ["messages received", (spans) => traffic(spans.filter((span) => isMessage(span) && !isSent(span)))],
  ["bytes of the file or folder", flow],
];

/** Time in which at least one of these spans was open. */
function covered(spans: readonly Span[]): number {
  let total = 0;
  let until = 0;
  for (const { start, stop } of spans) {
    if (stop === null || stop <= until) continue;
    total += stop - Math.max(start, until);
    until = stop;
  }
  return total;
}

function traffic(messages: readonly Span[]): string {
  const bytes = messages.reduce((total, message) => total + bytesOf(message), 0);
  return bytes > 0 ? `${messages.length}, ${size(bytes)}` : String(messages.length);
}

/** How fast they went, too. */
function flow(spans: readonly Span[]): string {
  const span = spans.find(({ name }) => name === "send bytes" || name === "receive bytes");
  if (span === undefined) return "–";
  const bytes = bytesOf(span);
  const milliseconds = (span.stop ?? span.start) - span.start;
  if (milliseconds <= 0 || bytes === 0) return size(bytes);
  return `${size(bytes)} in ${duration(milliseconds)}, ${size(Math.round((bytes * 1000) / milliseconds))}/s`;
}

function bytesOf({ details }: Span): number {
  const bytes = details.get("bytes");
  return typeof bytes === "number" && bytes > 0 ? bytes : 0;
}
