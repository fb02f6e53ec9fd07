/** How much data the tests move, and what they measure. */
import type { Line } from "./lines.ts";

export const CODE = "7-guitarist-revenge";

/** With `DILATION_FULL=1`, the whole lengths and numbers and the default intervals, which take many minutes. */
export const full = process.env.DILATION_FULL === "1";

/** `DILATION_MIB=64` shortens every gibibyte, for experiments. */
export function mebibytes(usual: number): number {
  return Number(process.env.DILATION_MIB ?? usual);
}

export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

interface Figures {
  readonly generations: number;
  /** Gaps or stalls, milliseconds. */
  readonly gaps: readonly number[];
  readonly done: Extract<Line, { say: "done" }>;
}

/** Prints one line that people can compare from run to run. */
export function report(name: string, { generations, gaps, done }: Figures): void {
  const rate = (done.bytes / 1e6 / done.seconds).toFixed(0);
  const stalls = `${gaps.length} stalls, median ${median(gaps)} ms, longest ${Math.max(0, ...gaps)} ms`;
  console.log(`${name}: ${done.seconds.toFixed(1)} s, ${rate} MB/s, ${generations} generations, ${stalls}`);
}
