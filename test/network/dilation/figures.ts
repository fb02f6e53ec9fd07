/** The amount of data that the tests move, and the report of their figures. */
import type { Line } from "./lines.ts";

export const CODE = "7-guitarist-revenge";

/** Whether the tests run at full length and with the default intervals, which takes many minutes: `DILATION_FULL=1`. */
export const full = process.env.DILATION_FULL === "1";

/** Returns the mebibytes that a test moves. `DILATION_MIB=64` reduces them for experiments. */
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
