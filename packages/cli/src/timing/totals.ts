/** The sums of a recording, for the table at the top of a page. */
import { size } from "../terminal/size.ts";
import type { Span } from "./decode.ts";
import { endOf, isMessage, isSent, isWait } from "./kinds.ts";
import { duration } from "./markup.ts";

/** Returns the rows of the table: a heading, and the sum as text. */
export function totals(spans: readonly Span[]): [heading: string, sum: string][] {
  const begin = Math.min(...spans.map(({ start }) => start));
  const messages = spans.filter(isMessage);
  return [
    ["from the first event to the last", duration(endOf(spans) - begin)],
    ["of that, waiting for people or the other side", duration(covered(spans.filter(isWait)))],
    ["messages sent", traffic(messages.filter(isSent))],
    ["messages received", traffic(messages.filter((message) => !isSent(message)))],
    ["bytes of the file or folder", flow(spans)],
  ];
}

/** Time in which at least one of the spans was open. Spans are in the order of their starts. */
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

/** The bytes of the transfer, with time and rate. */
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
