/** The arithmetic of a progress bar: how far a transfer is, how fast, and the line that shows it. */
import { size } from "./size.ts";

/** How many bytes had moved at a moment. */
interface Sample {
  readonly at: number;
  readonly bytes: number;
}

/** The state of a progress bar. Times are milliseconds of a monotonic clock. */
export interface Progress {
  readonly total: number;
  readonly startedAt: number;
  /** The moments of the last seconds at which bytes moved, oldest first. So bytes that move in lumps give a true rate, too. */
  readonly samples: readonly Sample[];
  /** What is in buffers on the way. */
  readonly buffered: Buffered;
}

/** The filling of buffers at the start of sending, which is not a part of the rate. */
interface Buffered {
  /** Whether bytes go into buffers first: at a sender. */
  readonly expected: boolean;
  /** Bytes that the buffers took in the first moment. */
  readonly burst: number;
  /** The part of them that the line had not carried by then. Undefined until the rate is known. */
  readonly bytes: number | undefined;
}

/** The first moment of a transfer, in which buffers fill. It is not a part of the rate. */
const BURST_MS = 400;
/** The rate is the mean of this time, and of at least {@link FEWEST_SAMPLES}: it follows a change, and can be read. */
const WINDOW_MS = 3_000;
const FEWEST_SAMPLES = 4;
/** Time between two samples. Faster changes are joined, so that a fast transfer costs nothing. */
const SAMPLE_MS = 50;
/** The shortest time between first and last sample that gives a rate. */
const SHORTEST_MEASURE_MS = 300;
/** Silence that is a part of lumpy movement. A longer one lowers the rate. */
const LULL_MS = 2_000;
/** Silence after which the bar says so, unless the lumps of this line are further apart. */
const STALL_MS = 5_000;
/** The time within which the filling of the buffers is measured. */
const SETTLED_MS = 3_000;
/** More bytes than this are in no buffer on the way. */
const MOST_BUFFERED = 16 * 1024 * 1024;
/** Columns of the bar: a wider one shows no more, a narrower one shows nothing. */
const WIDEST_BAR = 40;
const NARROWEST_BAR = 8;
const SECONDS_PER_DAY = 86_400;

/**
 * The progress of a transfer of `total` bytes that begins now.
 * @param fillsBuffers whether the first bytes only fill buffers, as they do at a sender
 */
export function startProgress(total: number, now: number, fillsBuffers = false): Progress {
  return {
    total,
    startedAt: now,
    samples: [{ at: now, bytes: 0 }],
    buffered: { expected: fillsBuffers, burst: 0, bytes: fillsBuffers ? undefined : 0 },
  };
}

/** The progress when `bytes` bytes have moved in all. */
export function advance(progress: Progress, bytes: number, now: number): Progress {
  if (bytes === latest(progress).bytes) return settle(progress, now);
  const isBurst = now - progress.startedAt < BURST_MS;
  const burst = isBurst ? bytes : progress.buffered.burst;
  // The burst is one sample, which is the beginning of all measuring.
  const samples = isBurst ? [{ at: now, bytes }] : withSample(progress.samples, { at: now, bytes });
  return settle({ ...progress, samples, buffered: { ...progress.buffered, burst } }, now);
}

const latest = ({ samples }: Progress): Sample => samples.at(-1) ?? { at: 0, bytes: 0 };

function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const [before, last] = samples.slice(-2);
  const joins = before !== undefined && last !== undefined && sample.at - before.at < SAMPLE_MS;
  const kept = joins ? samples.slice(0, -1) : samples;
  const old = kept.filter(({ at }) => at < sample.at - WINDOW_MS).length;
  return [...kept.slice(Math.max(0, Math.min(old, kept.length - FEWEST_SAMPLES))), sample];
}

/** Measures how much is in buffers, as long as that can be told from a change of the rate. */
function settle(progress: Progress, now: number): Progress {
  const { buffered, startedAt } = progress;
  const isOpen = buffered.expected && (now - startedAt <= SETTLED_MS || buffered.bytes === undefined);
  const rate = isOpen ? rateOf(progress, now) : undefined;
  if (rate === undefined) return progress;
  const carried = (rate * BURST_MS) / 1000;
  const bytes = Math.min(Math.max(buffered.burst - carried, 0), MOST_BUFFERED);
  return { ...progress, buffered: { ...buffered, bytes } };
}

/** Bytes per second over the last seconds. Undefined until it can be measured. */
export function rateOf(progress: Progress, now: number): number | undefined {
  const last = latest(progress);
  const first = endOfLump(progress.samples, last.at);
  if (first === undefined || last.at - first.at < SHORTEST_MEASURE_MS) return undefined;
  const until = Math.max(last.at, now - Math.max(LULL_MS, 1.5 * longestGap(progress)));
  return ((last.bytes - first.bytes) * 1000) / (until - first.at);
}

/**
 * The sample to measure from: of the older ones, the one with the longest silence behind it. If bytes move in lumps, it is
 * the end of a lump, so that no lump is counted without its pause.
 */
function endOfLump(samples: readonly Sample[], until: number): Sample | undefined {
  let [best] = samples;
  let longest = 0;
  for (const [index, sample] of samples.entries()) {
    const next = samples[index + 1];
    if (next === undefined || (index > 0 && sample.at > until - WINDOW_MS / 2)) break;
    if (next.at - sample.at <= 1.5 * longest) continue;
    longest = next.at - sample.at;
    best = sample;
  }
  return best;
}

/** Whether nothing moves any more, although bytes are missing. */
export function isStalled(progress: Progress, now: number): boolean {
  const last = latest(progress);
  return last.bytes < progress.total && now - last.at >= Math.max(STALL_MS, 3 * longestGap(progress));
}

function longestGap({ samples }: Progress): number {
  return samples.reduce((longest, { at }, index) => Math.max(longest, at - (samples[index - 1]?.at ?? at)), 0);
}

/**
 * Bytes that have arrived, as far as this side can tell. At a sender, these are fewer than it has written, because some of
 * them are still in buffers.
 */
export function arrived(progress: Progress, now: number): number {
  const { total, buffered } = progress;
  const { at, bytes } = latest(progress);
  // When everything is written, the buffers drain.
  const rate = bytes < total ? 0 : (rateOf(progress, at) ?? 0);
  const drained = (rate * (now - at)) / 1000;
  return Math.max(0, Math.min(bytes, bytes - (buffered.bytes ?? MOST_BUFFERED) + drained));
}

/** How far a transfer came that ended too early. */
export const farthest = (progress: Progress, now: number): string =>
  `${size(Math.round(arrived(progress, now)))} of ${size(progress.total)}`;

/** One line of at most `width` columns. A narrow terminal has no bar, and if need be fewer fields from the right. */
export function progressLine(progress: Progress, now: number, width: number): string {
  if (isOnItsWay(progress)) return ` ${size(progress.total)} on the way  waiting for confirmation`.slice(0, width);
  const bytes = arrived(progress, now);
  const share = progress.total === 0 ? 1 : Math.min(bytes / progress.total, 1);
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const fields = [percent, farthest(progress, now), ...pace(progress, bytes, now)];
  while (fields.length > 1 && fields.join("  ").length > width) fields.pop();
  const columns = Math.min(WIDEST_BAR, width - fields.join("  ").length - "[]  ".length);
  if (columns >= NARROWEST_BAR) fields.splice(1, 0, `[${bar(share, columns)}]`);
  return fields.join("  ").slice(0, width);
}

/** Whether the buffers of a sender have taken everything at once, so that it cannot tell how much has arrived. */
function isOnItsWay({ total, buffered, samples }: Progress): boolean {
  return total > 0 && buffered.expected && buffered.bytes === undefined && (samples.at(-1)?.bytes ?? 0) >= total;
}

/** The rate and the time left, or what there is to wait for. */
function pace(progress: Progress, bytes: number, now: number): string[] {
  const isWritten = latest(progress).bytes >= progress.total;
  const rate = rateOf(progress, isWritten ? latest(progress).at : now);
  if (isWritten && (bytes >= progress.total || rate === undefined)) {
    return progress.buffered.expected ? ["waiting for confirmation"] : [];
  }
  if (isStalled(progress, now)) return ["stalled"];
  if (rate === undefined || Math.round(rate) === 0) return [];
  return [`${size(Math.round(rate))}/s`, `${duration((progress.total - bytes) / rate)} left`];
}

/** The line for a completed transfer: `1.1 GB in 0:04, 268.4 MB/s`. */
export function summary({ total, startedAt }: Progress, now: number): string {
  const seconds = (now - startedAt) / 1000;
  if (seconds < 1) return `${size(total)} in less than a second`;
  return `${size(total)} in ${duration(seconds)}, ${size(Math.round(total / seconds))}/s`;
}

function bar(share: number, columns: number): string {
  const full = Math.floor(share * columns);
  const head = full < columns ? ">" : "";
  return `${"=".repeat(full)}${head}`.padEnd(columns, " ");
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
