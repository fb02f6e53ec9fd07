/** What a recording comes to. */
import { size } from "../size.ts";
import { endOf, isMessage, isSent, type Recording } from "./chart.ts";
import type { Span } from "./decode.ts";
import { duration } from "./markup.ts";

/** Sentences for a table: what, and how much. */
export function totals({ spans }: Recording): [what: string, value: string][] {
  const start = Math.min(...spans.map((span) => span.start));
  const messages = spans.filter(isMessage);
  const sent = messages.filter(isSent);
  const received = messages.filter((message) => !isSent(message));
  const waits = spans.filter(({ name }) => /^(?:wait|input|compare)/.test(name));
  return [
    ["from first to last", duration(endOf(spans) - start)],
    ["of that, waiting for people or the other side", duration(covered(waits))],
    ["messages sent", traffic(sent)],
    ["messages received", traffic(received)],
    ...spans.filter(({ name }) => name.endsWith(" bytes")).map(flow),
  ];
}

/** Time in which at least one of these spans was open. */
function covered(spans: readonly Span[]): number {
  let total = 0;
  let until = 0;
  for (const { start, stop } of [...spans].sort((a, b) => a.start - b.start)) {
    if (stop === null || stop <= until) continue;
    total += stop - Math.max(start, until);
    until = stop;
  }
  return total;
}

function traffic(messages: readonly Span[]): string {
  const bytes = messages.reduce((total, { details }) => total + numberOf(details.get("bytes")), 0);
  return bytes > 0 ? `${messages.length}, ${size(bytes)}` : String(messages.length);
}

/** Bytes of the transfer itself, and how fast they went. */
function flow({ name, details, start, stop }: Span): [string, string] {
  const bytes = numberOf(details.get("bytes"));
  const seconds = ((stop ?? start) - start) / 1000;
  const rate =
    seconds > 0 && bytes > 0 ? ` in ${duration(seconds * 1000)}, ${size(Math.round(bytes / seconds))}/s` : "";
  return [name, `${size(bytes)}${rate}`];
}

const numberOf = (value: unknown): number => (typeof value === "number" && value > 0 ? value : 0);
