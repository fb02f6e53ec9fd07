/** The arithmetic of a progress bar: how far a transfer is, how fast, and the line that shows it. */
import { size } from "./size.ts";

/** The state of a progress bar. Times are milliseconds of a monotonic clock. */
export interface Progress {
  readonly total: number;
  readonly bytes: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  /** Bytes per second, averaged over the last seconds; 0 until the first measurement. */
  readonly rate: number;
}

/** Time constant of the average rate: short enough to follow a change of speed, long enough to be read. */
const RATE_MEMORY_MS = 3_000;
/** Columns of the bar: a wider one shows no more, a narrower one shows nothing. */
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
const SECONDS_PER_DAY = 86_400;

/** The progress of a transfer of `total` bytes that begins now. */
export function startProgress(total: number, now: number): Progress {
  return { total, bytes: 0, startedAt: now, updatedAt: now, rate: 0 };
}

/** The progress when `bytes` bytes have moved in all. */
export function advance(progress: Progress, bytes: number, now: number): Progress {
  const elapsed = now - progress.updatedAt;
  if (elapsed <= 0) return { ...progress, bytes };
  const current = ((bytes - progress.bytes) * 1000) / elapsed;
  const isFirst = progress.rate === 0;
  const weight = isFirst ? 1 : 1 - Math.exp(-elapsed / RATE_MEMORY_MS);
  return { ...progress, bytes, updatedAt: now, rate: progress.rate + weight * (current - progress.rate) };
}

/** One line of at most `width` columns. A narrow terminal has no bar, and if need be fewer fields from the right. */
export function progressLine(progress: Progress, width: number): string {
  const share = progress.total === 0 ? 1 : Math.min(progress.bytes / progress.total, 1);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const amount = `${size(progress.bytes)} of ${size(progress.total)}`;
  const rate = progress.rate > 0 ? `${size(Math.round(progress.rate))}/s` : "";
  const fields = [percent, amount, rate, remaining(progress)].filter((field) => field !== "");
  while (fields.length > 1 && fields.join("  ").length > width) fields.pop();
  const columns = Math.min(WIDEST_BAR, width - fields.join("  ").length - "[]  ".length);
  if (columns >= NARROWEST_BAR) fields.splice(1, 0, `[${bar(share, columns)}]`);
  return fields.join("  ").slice(0, width);
}

/** The line for a completed transfer: `1.1 GB in 0:04, 268.4 MB/s`. */
export function summary(progress: Progress): string {
  const elapsed = progress.updatedAt - progress.startedAt;
  const rate = elapsed > 0 ? `, ${size(Math.round((progress.bytes * 1000) / elapsed))}/s` : "";
  return `${size(progress.bytes)} in ${duration(elapsed / 1000)}${rate}`;
}

function bar(share: number, columns: number): string {
  const full = Math.floor(share * columns);
  const head = full < columns ? ">" : "";
  return `${"=".repeat(full)}${head}`.padEnd(columns, " ");
}

function remaining({ total, bytes, rate }: Progress): string {
  if (rate <= 0 || bytes >= total) return "";
  return `${duration((total - bytes) / rate)} left`;
}

/** `0:07`, `12:30` or `3:04:05`. */
function duration(seconds: number): string {
  if (seconds >= SECONDS_PER_DAY) return "over a day";
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const padded = (value: number) => String(value).padStart(2, "0");
  const tail = padded(whole % 60);
  return hours > 0 ? `${hours}:${padded(minutes)}:${tail}` : `${minutes}:${tail}`;
}
