import { size } from "./size.ts";

/** How far a transfer is. Times are milliseconds of any clock that does not jump. */
export interface Progress {
  readonly total: number;
  readonly bytes: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  /** Bytes a second of late; 0 until there is something to measure. */
  readonly rate: number;
}

/** The rate follows a change of speed within about this many milliseconds: quick enough to be true, slow enough to read. */
const RATE_MEMORY = 3_000;
/** Columns of the bar itself: wider says no more, narrower says nothing. */
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;

export function startProgress(total: number, now: number): Progress {
  return { total, bytes: 0, startedAt: now, updatedAt: now, rate: 0 };
}

/** Takes in how many bytes have passed by now. */
export function advance(progress: Progress, bytes: number, now: number): Progress {
  const elapsed = now - progress.updatedAt;
  if (elapsed <= 0) return { ...progress, bytes };
  const current = ((bytes - progress.bytes) * 1000) / elapsed;
  const isFirst = progress.rate === 0;
  const weight = isFirst ? 1 : 1 - Math.exp(-elapsed / RATE_MEMORY);
  return { ...progress, bytes, updatedAt: now, rate: progress.rate + weight * (current - progress.rate) };
}

/** One line of at most `width` columns: what matters least gives way first where there is little room. */
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

/** What is said when all bytes have passed: `1.1 GB in 0:04, 268.4 MB/s`. */
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

/** `0:07`, `12:30`, `3:04:05`; days are more than anybody reads to the second. */
function duration(seconds: number): string {
  if (seconds >= 86_400) return "over a day";
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const padded = (value: number) => String(value).padStart(2, "0");
  const tail = padded(whole % 60);
  return hours > 0 ? `${hours}:${padded(minutes)}:${tail}` : `${minutes}:${tail}`;
}
