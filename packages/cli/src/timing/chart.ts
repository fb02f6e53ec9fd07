/** Draws recorded spans: one row each, over a common time axis, as SVG. */
import { size } from "../size.ts";
import { type Axis, timeAxis } from "./axis.ts";
import type { Details, Span } from "./decode.ts";
import { duration, escaped, grouped } from "./markup.ts";

/** What one program recorded. */
export interface Recording {
  readonly title: string;
  readonly spans: readonly Span[];
}

/** Pixels. */
const LABELS = 270;
const PLOT = 720;
const TIMES = 90;
const WIDTH = LABELS + PLOT + TIMES;
const ROW = 22;
const HEAD = 34;
const AXIS = 40;
/** Rows of one recording. Who looked at more would see nothing. */
const MAX_ROWS = 500;
/** Characters of a label. */
const LONGEST_LABEL = 40;

/** Draws what one or two programs did. Times are told from the first event of all. */
export function chart(recordings: readonly Recording[]): string {
  const all = recordings.flatMap(({ spans }) => spans);
  const start = Math.min(...all.map((span) => span.start));
  const axis = timeAxis(
    all.flatMap((span) => [span.start, span.stop ?? span.start]).map((at) => at - start),
    PLOT,
  );
  let top = AXIS;
  const parts = recordings.map((recording) => {
    const lane = drawLane(recording, { axis, start, top });
    top += lane.height;
    return lane.svg;
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${top + 8}" width="${WIDTH}" role="img" aria-label="Time spans from first to last">`,
    drawGrid(axis, top),
    ...parts,
    drawFolds(axis, top),
    "</svg>",
  ].join("\n");
}

/** Where and when a lane of the chart begins. */
interface Frame {
  readonly axis: Axis;
  readonly start: number;
  readonly top: number;
}

function drawLane({ title, spans }: Recording, { axis, start, top }: Frame): { svg: string; height: number } {
  const messages = spans.filter(isMessage);
  const rows = spans.filter((span) => !isMessage(span));
  const end = endOf(spans);
  const shown = rows.slice(0, MAX_ROWS);
  const heading = `<text class="title" x="12" y="${top + 23}">${escaped(title)}</text>`;
  const traffic = drawMessages(messages, { axis, start, top: top + HEAD });
  const bars = shown.map((span, index) => drawRow(span, end, { axis, start, top: top + HEAD + ROW * (index + 1) }));
  const left = rows.length - shown.length;
  const bottom = top + HEAD + ROW * (shown.length + 1);
  const more = left > 0 ? [`<text class="dim" x="24" y="${bottom + 15}">… and ${left} more</text>`] : [];
  return { svg: [heading, traffic, ...bars, ...more].join("\n"), height: bottom - top + (left > 0 ? ROW : 0) };
}

/** Messages of the mailbox session, as this program and the one in Python name them. */
const SENT = ["send", "ws_send"];
const RECEIVED = ["receive", "ws_receive"];

export const isMessage = ({ name }: Span): boolean => SENT.includes(name) || RECEIVED.includes(name);
export const isSent = ({ name }: Span): boolean => SENT.includes(name);

/** When the last thing happened. */
export const endOf = (spans: readonly Span[]): number => Math.max(...spans.map(({ start, stop }) => stop ?? start));

function drawMessages(messages: readonly Span[], { axis, start, top }: Frame): string {
  const middle = top + ROW / 2;
  const ticks = messages.map((message) => {
    const x = round(LABELS + axis.place(message.start - start));
    const [kind, y] = isSent(message) ? ["sent", middle - 9] : ["received", middle + 1];
    return `<rect class="tick ${kind}" x="${x - 1}" y="${y}" width="2" height="8">${tooltip(message, start)}</rect>`;
  });
  const sent = messages.filter(isSent).length;
  return [
    `<text x="24" y="${top + 15}">messages <tspan class="dim">↑ ${sent} sent ↓ ${messages.length - sent} received</tspan></text>`,
    `<path class="rule" d="M${LABELS} ${middle}H${LABELS + PLOT}"/>`,
    ...ticks,
  ].join("\n");
}

function drawRow(span: Span, end: number, { axis, start, top }: Frame): string {
  const from = LABELS + axis.place(span.start - start);
  const to = LABELS + axis.place((span.stop ?? end) - start);
  const isMoment = span.stop === span.start;
  const y = top + ROW / 2;
  const mark = isMoment
    ? `<path class="moment" d="M${round(from)} ${y - 6}l6 6l-6 6l-6 -6z"/>`
    : `<rect class="bar ${kindOf(span)}" x="${round(from)}" y="${top + 4}" width="${round(Math.max(to - from, 1.5))}" height="${ROW - 8}" rx="2"/>`;
  const took =
    span.stop === null ? "no end" : isMoment ? `at ${duration(span.start - start)}` : duration(span.stop - span.start);
  return [
    `<g class="row">${tooltip(span, start)}`,
    `<rect class="back" x="8" y="${top}" width="${WIDTH - 16}" height="${ROW}" rx="3"/>`,
    `<text x="24" y="${top + 15}">${label(span)}</text>`,
    mark,
    `<text class="${isMoment ? "dim " : ""}time" x="${WIDTH - 14}" y="${top + 15}">${took}</text></g>`,
  ].join("");
}

/** The name, and beside it in short what is known of it. */
function label({ name, details }: Span): string {
  const rest = brief(details).slice(0, Math.max(0, LONGEST_LABEL - name.length));
  return `${escaped(name.slice(0, LONGEST_LABEL))} <tspan class="dim">${escaped(rest)}</tspan>`;
}

function brief(details: Details): string {
  const total = details.get("total");
  const isWhole = total === details.get("bytes");
  return [...details]
    .filter(([name]) => name !== "total" || !isWhole)
    .map(([name, value]) => word(name, value))
    .join(", ");
}

function word(name: string, value: string | number | true): string {
  if (value === true) return name;
  if (typeof value === "string") return value;
  if (name === "bytes") return size(value);
  return name === "total" ? `of ${size(value)}` : `${name} ${value}`;
}

function tooltip(span: Span, start: number): string {
  const lines = [
    span.name,
    `begins at ${duration(span.start - start)}`,
    span.stop === null
      ? "no end was recorded"
      : span.stop > span.start
        ? `takes ${duration(span.stop - span.start)}`
        : "",
    ...[...span.details].map(([name, value]) => (value === true ? name : `${name}: ${value}`)),
  ];
  return `<title>${escaped(lines[0] ?? "")}\n${lines
    .slice(1)
    .filter((line) => line !== "")
    .map(escaped)
    .join("\n")}</title>`;
}

/** The colour of a bar. */
function kindOf({ name, details, stop }: Span): string {
  const end =
    stop === null ? " endless" : details.has("failed") || details.get("outcome") === "failed" ? " failed" : "";
  if (/^(?:wait|input|compare)/.test(name)) return `wait${end}`;
  if (/bytes|^[tr]x file/.test(name)) return `data${end}`;
  if (/^(?:start|import|open source|unpack|store|pake)/.test(name)) return `work${end}`;
  return `net${end}`;
}

function drawGrid({ ticks, place }: Axis, bottom: number): string {
  const lines = ticks.map((time) => {
    const x = round(LABELS + place(time));
    return `<path class="grid" d="M${x} ${AXIS - 6}V${bottom}"/><text class="dim mid" x="${x}" y="${AXIS - 12}">${grouped(time, 3)}</text>`;
  });
  return [`<text class="dim" x="24" y="${AXIS - 12}">milliseconds from the first event</text>`, ...lines].join("\n");
}

function drawFolds({ folds }: Axis, bottom: number): string {
  return folds
    .map(({ from, to, left, right }) => {
      const x = round(LABELS + left);
      const words = `${duration(to - from)} in which nothing happens`;
      return [
        `<g><title>${words}</title><rect class="fold" x="${x}" y="${AXIS - 6}" width="${round(right - left)}" height="${bottom - AXIS + 6}"/>`,
        `<text class="dim mid" x="${round(LABELS + (left + right) / 2)}" y="${AXIS - 27}">⋯ ${duration(to - from)} ⋯</text></g>`,
      ].join("");
    })
    .join("\n");
}

const round = (pixels: number): number => Math.round(pixels * 10) / 10;
