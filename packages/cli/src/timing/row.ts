/** One row of a chart: what a span is called, its bar, and how long it took. */
import { size } from "../terminal/size.ts";
import type { Details, Span } from "./decode.ts";
import { isFailed, kindOf } from "./kinds.ts";
import { duration, escaped } from "./markup.ts";

/** Places of a row, in pixels. */
export const ROW = 22;
export const LABELS = 270;
export const PLOT = 720;
export const WIDTH = LABELS + PLOT + 112;
/** The first pixel of a label. */
export const MARGIN = 24;
/** Characters of a label. */
const LONGEST_LABEL = 40;
/** What is shorter could not be seen. */
const THINNEST = 1.5;

/** Where the span begins and ends in the plot, and when: milliseconds from the first event. */
export interface Extent {
  readonly left: number;
  readonly right: number;
  readonly at: number;
}

export function drawRow(span: Span, { left, right, at }: Extent, top: number): string {
  const isMoment = span.stop === span.start;
  const [x, base] = [round(LABELS + left), top + 15];
  const bar = `class="bar ${barClass(span)}" x="${x}" width="${round(Math.max(right - left, THINNEST))}"`;
  return [
    `<g class="row">${tooltip(span, at)}<rect class="back" x="8" y="${top}" width="${WIDTH - 16}" height="${ROW}" rx="3"/>`,
    `<text x="${MARGIN}" y="${base}">${label(span)}</text>`,
    isMoment
      ? `<path class="moment" d="M${x} ${top + 5}l6 6l-6 6l-6 -6z"/>`
      : `<rect ${bar} y="${top + 4}" height="${ROW - 8}" rx="2"/>`,
    `<text class="${isMoment ? "dim time" : "time"}" x="${WIDTH - 14}" y="${base}">${time(span, at)}</text></g>`,
  ].join("");
}

function barClass(span: Span): string {
  if (span.stop === null) return `${kindOf(span)} endless`;
  return isFailed(span) ? `${kindOf(span)} failed` : kindOf(span);
}

function time({ start, stop }: Span, at: number): string {
  if (stop === null) return "no end";
  return stop === start ? `at ${duration(at)}` : duration(stop - start);
}

/** The name, and beside it in short what is known of it. */
function label({ name, details }: Span): string {
  const rest = brief(details).slice(0, Math.max(0, LONGEST_LABEL - name.length));
  return `${escaped(name.slice(0, LONGEST_LABEL))} <tspan class="dim">${escaped(rest)}</tspan>`;
}

function brief(details: Details): string {
  const isWhole = details.get("total") === details.get("bytes");
  const shown = [...details].filter(([name]) => name !== "total" || !isWhole);
  return shown.map(([name, value]) => brieflyPut(name, value)).join(", ");
}

function brieflyPut(name: string, value: string | number | true): string {
  if (value === true) return name;
  if (typeof value === "string") return value;
  if (name === "bytes") return size(value);
  return name === "total" ? `of ${size(value)}` : `${name} ${value}`;
}

/** All that is known of a span. `at`: milliseconds from the first event. */
export function tooltip({ name, start, stop, details }: Span, at: number): string {
  const took = stop === null ? ["no end was recorded"] : stop > start ? [`takes ${duration(stop - start)}`] : [];
  const known = [...details].map(([what, value]) => (value === true ? what : `${what}: ${value}`));
  const lines = [name, `at ${duration(at)}`, ...took, ...known];
  return `<title>${lines.map(escaped).join("\n")}</title>`;
}

/** Tenths of a pixel are as fine as anybody can see. */
export const round = (pixels: number): number => Math.round(pixels * 10) / 10;
