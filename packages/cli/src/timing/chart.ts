/** Draws recorded spans as HTML: one row each, with a bar over a common time axis. */
import { size } from "../terminal/size.ts";
import { type Axis, timeAxis } from "./axis.ts";
import type { Details, Span } from "./decode.ts";
import { endOf, isFailed, isMessage, isSent, kindOf } from "./kinds.ts";
import { duration, escaped, grouped } from "./markup.ts";

/** The recording of one program. */
export interface Recording {
  readonly title: string;
  readonly spans: readonly Span[];
}

/** Most rows of one recording: a longer page would be no use to anyone. */
const MAX_ROWS = 500;
/** Characters of a label, and of a recording's title. */
const LONGEST_LABEL = 40;
const LONGEST_TITLE = 100;

/** A time axis, and the time of its zero. */
interface Frame {
  readonly axis: Axis;
  readonly zero: number;
}

/** Draws what one or two programs did. Times are counted from the first event of all. */
export function chart(recordings: readonly Recording[]): string {
  const all = recordings.flatMap(({ spans }) => spans);
  const zero = Math.min(...all.map(({ start }) => start));
  const axis = timeAxis(all.flatMap(({ start, stop }) => [start - zero, (stop ?? start) - zero]));
  const lanes = recordings.flatMap((recording) => drawLane(recording, { axis, zero }));
  return `<div class="chart">
${row("axis", "milliseconds from the first event")}
${lanes.join("\n")}
<div class="over">${drawGrid(axis)}${drawFolds(axis)}</div>
</div>`;
}

function drawLane({ title, spans }: Recording, frame: Frame): string[] {
  const rest = spans.filter((span) => !isMessage(span));
  const left = rest.length - MAX_ROWS;
  return [
    `<h2>${escaped(title.slice(-LONGEST_TITLE))}</h2>`,
    drawMessages(spans.filter(isMessage), frame),
    ...rest.slice(0, MAX_ROWS).map((span) => drawSpan(span, endOf(spans), frame)),
    ...(left > 0 ? [row("more", `… and ${left} more`)] : []),
  ];
}

/** All messages in one row: sent ones above the line, received ones below it. */
function drawMessages(messages: readonly Span[], frame: Frame): string {
  const sent = messages.filter(isSent).length;
  const ticks = messages.map((message) => {
    const way = isSent(message) ? "sent" : "received";
    return `<i class="tick ${way}" style="left:${placeOf(message.start, frame)}" title="${tooltip(message, frame)}"></i>`;
  });
  const counts = `<small>↑ ${sent} sent ↓ ${messages.length - sent} received</small>`;
  return row("messages", `messages ${counts}`, ticks.join(""));
}

function drawSpan(span: Span, end: number, frame: Frame): string {
  const left = frame.axis.place(span.start - frame.zero);
  const width = frame.axis.place((span.stop ?? end) - frame.zero) - left;
  const mark =
    span.stop === span.start
      ? `<i class="moment" style="left:${percent(left)}"></i>`
      : `<i class="bar ${barClass(span)}" style="left:${percent(left)};width:${percent(width)}"></i>`;
  return row("span", label(span), mark, took(span, frame), tooltip(span, frame));
}

function row(kind: string, text: string, plot = "", time = "", title = ""): string {
  const tip = title === "" ? "" : ` title="${title}"`;
  return `<div class="row ${kind}"${tip}><span>${text}</span><div>${plot}</div><span>${time}</span></div>`;
}

function drawGrid({ ticks, place }: Axis): string {
  const draw = (time: number) => `<i class="grid" style="left:${percent(place(time))}"><b>${grouped(time, 3)}</b></i>`;
  return ticks.map(draw).join("");
}

function drawFolds({ folds, place }: Axis): string {
  const drawn = folds.map(({ from, to }) => {
    const [left, length] = [place(from), duration(to - from)];
    const box = `style="left:${percent(left)};width:${percent(place(to) - left)}"`;
    return `<div class="fold" ${box} title="${length} in which nothing happens"><b>⋯ ${length} ⋯</b></div>`;
  });
  return drawn.join("");
}

function barClass(span: Span): string {
  if (span.stop === null) return `${kindOf(span)} endless`;
  return isFailed(span) ? `${kindOf(span)} failed` : kindOf(span);
}

function took({ start, stop }: Span, { zero }: Frame): string {
  if (stop === null) return "no end";
  return stop === start ? `<small>at ${duration(start - zero)}</small>` : duration(stop - start);
}

/** The name of a span, and beside it its details in short. */
function label({ name, details }: Span): string {
  const rest = brief(details).slice(0, Math.max(0, LONGEST_LABEL - name.length));
  return `${escaped(name.slice(0, LONGEST_LABEL))} <small>${escaped(rest)}</small>`;
}

function brief(details: Details): string {
  const isWhole = details.get("total") === details.get("bytes");
  const shown = [...details].filter(([name]) => name !== "total" || !isWhole);
  return shown.map(([name, value]) => briefDetail(name, value)).join(", ");
}

function briefDetail(name: string, value: string | number | true): string {
  if (value === true) return name;
  if (typeof value === "string") return value;
  if (name === "bytes") return size(value);
  return name === "total" ? `of ${size(value)}` : `${name} ${value}`;
}

/** All details of a span, one a line. */
function tooltip({ name, start, stop, details }: Span, { zero }: Frame): string {
  const length = stop === null ? ["no end was recorded"] : stop > start ? [`takes ${duration(stop - start)}`] : [];
  const known = [...details].map(([what, value]) => (value === true ? what : `${what}: ${value}`));
  return [name, `at ${duration(start - zero)}`, ...length, ...known].map(escaped).join("\n");
}

const placeOf = (time: number, { axis, zero }: Frame): string => percent(axis.place(time - zero));

/** Hundredths of a percent are finer than a pixel. */
const percent = (value: number): string => `${Math.round(value * 100) / 100}%`;
