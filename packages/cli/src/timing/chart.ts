/** Draws recorded spans as SVG: one row each, over a common time axis. */
import { type Axis, timeAxis } from "./axis.ts";
import type { Span } from "./decode.ts";
import { endOf, isMessage, isSent } from "./kinds.ts";
import { duration, escaped, grouped } from "./markup.ts";
import { drawRow, LABELS, MARGIN, PLOT, ROW, round, tooltip, WIDTH } from "./row.ts";

/** What one program recorded. */
export interface Recording {
  readonly title: string;
  readonly spans: readonly Span[];
}

/** Pixels of a recording's title, and of the axis above all. */
const HEAD = 34;
const AXIS = 40;
/** Pixels left free on both sides of a fold, for what happens there. */
const FOLD_MARGIN = 7;
/** Rows of one recording. Who was shown more would see nothing. */
const MAX_ROWS = 500;

/** A time axis, and the time of its zero. */
interface Frame {
  readonly axis: Axis;
  readonly zero: number;
}

/** Draws what one or two programs did. Times are told from the first event of all. */
export function chart(recordings: readonly Recording[]): string {
  const all = recordings.flatMap(({ spans }) => spans);
  const zero = Math.min(...all.map(({ start }) => start));
  const moments = all.flatMap(({ start, stop }) => [start - zero, (stop ?? start) - zero]);
  const axis = timeAxis(moments, PLOT);
  let bottom = AXIS;
  const lanes: string[] = [];
  for (const recording of recordings) {
    const lane = drawLane(recording, { axis, zero }, bottom);
    lanes.push(...lane.parts);
    bottom = lane.bottom;
  }
  return [
    `<svg viewBox="0 0 ${WIDTH} ${bottom + 8}" width="${WIDTH}" role="img" aria-label="What happened when, one row each">`,
    TORN,
    ...drawGrid(axis, bottom),
    ...lanes,
    ...drawFolds(axis, bottom),
    "</svg>",
  ].join("\n");
}

function drawLane(recording: Recording, frame: Frame, top: number): { parts: string[]; bottom: number } {
  const messages = recording.spans.filter(isMessage);
  const spans = recording.spans.filter((span) => !isMessage(span));
  const end = endOf(recording.spans);
  const parts = [
    `<text class="title" x="12" y="${top + 23}">${escaped(recording.title.slice(-100))}</text>`,
    ...drawMessages(messages, frame, top + HEAD),
  ];
  let bottom = top + HEAD + ROW;
  for (const span of spans.slice(0, MAX_ROWS)) {
    const extent = {
      left: placed(span.start, frame),
      right: placed(span.stop ?? end, frame),
      at: span.start - frame.zero,
    };
    parts.push(drawRow(span, extent, bottom));
    bottom += ROW;
  }
  if (spans.length > MAX_ROWS) {
    parts.push(`<text class="dim" x="${MARGIN}" y="${bottom + 15}">… and ${spans.length - MAX_ROWS} more</text>`);
    bottom += ROW;
  }
  return { parts, bottom };
}

const placed = (time: number, { axis, zero }: Frame): number => axis.place(time - zero);

/** All in one row: those that were sent above the line, those received below. */
function drawMessages(messages: readonly Span[], frame: Frame, top: number): string[] {
  const middle = top + ROW / 2;
  const sent = messages.filter(isSent).length;
  const counts = `↑ ${sent} sent ↓ ${messages.length - sent} received`;
  const ticks = messages.map((message) => {
    const x = round(LABELS + placed(message.start, frame) - 1);
    const [way, y] = isSent(message) ? ["sent", middle - 9] : ["received", middle + 1];
    const title = tooltip(message, message.start - frame.zero);
    return `<rect class="tick ${way}" x="${x}" y="${y}" width="2" height="8">${title}</rect>`;
  });
  return [
    `<text x="${MARGIN}" y="${top + 15}">messages <tspan class="dim">${counts}</tspan></text>`,
    `<path class="grid" d="M${LABELS} ${middle}h${PLOT}"/>`,
    ...ticks,
  ];
}

function drawGrid({ ticks, place }: Axis, bottom: number): string[] {
  const lines = ticks.map((time) => {
    const x = round(LABELS + place(time));
    const text = `<text class="dim mid" x="${x}" y="${AXIS - 12}">${grouped(time, 3)}</text>`;
    return `<path class="grid" d="M${x} ${AXIS - 6}V${bottom}"/>${text}`;
  });
  return [`<text class="dim" x="${MARGIN}" y="${AXIS - 12}">milliseconds from the first event</text>`, ...lines];
}

/** Stripes of background through whatever crosses a fold. */
const TORN = `<pattern id="torn" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="torn" width="3" height="6"/></pattern>`;

function drawFolds({ folds }: Axis, bottom: number): string[] {
  return folds.map(({ from, to, left, right }) => {
    const length = duration(to - from);
    const [x, width] = [round(LABELS + left + FOLD_MARGIN), round(right - left - 2 * FOLD_MARGIN)];
    const box = `x="${x}" y="${AXIS - 6}" width="${width}" height="${bottom - AXIS + 6}"`;
    const label = `<text class="dim mid" x="${round(LABELS + (left + right) / 2)}" y="${AXIS - 27}">⋯ ${length} ⋯</text>`;
    return `<g><title>${length} in which nothing happens</title><rect class="fold" ${box}/><rect fill="url(#torn)" ${box}/>${label}</g>`;
  });
}
