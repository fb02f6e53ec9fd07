/** The time axis of a drawing. Long gaps in which nothing happens, such as while a person types, are folded away. */

/** A stretch of time without events, in milliseconds. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A time axis. Times are milliseconds, places are percent of the width. */
export interface Axis {
  /** Returns the place of a time. Times outside of the axis are put at its ends. */
  readonly place: (time: number) => number;
  /** Round times to label, about ten of them and none in a fold. */
  readonly ticks: readonly number[];
  /** The gaps that are folded away, in order. */
  readonly folds: readonly Gap[];
}

/** Width of a fold in percent, whatever its length. */
const FOLD_WIDTH = 6.5;
/** The most folds of an axis. With more, they would take most of the width. */
const MAX_FOLDS = 6;
/** Shorter gaps are never folded. */
const SHORTEST_FOLD_MS = 300;
/** A gap is folded if it takes more than this share of the time that is still shown. */
const FOLDED_SHARE = 0.3;
/** The time shown is divided into about as many steps. */
const STEPS = 8;
/** The smallest step between two ticks: recorded times are not more precise. */
const SMALLEST_STEP_MS = 0.001;

const lengthOf = ({ from, to }: Gap): number => to - from;

/** Returns an axis for events that begin or end at these times. */
export function timeAxis(moments: readonly number[]): Axis {
  const times = [...new Set(moments)].sort((a, b) => a - b);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const folds = chooseFolds(times);
  const shown = last - first - folds.reduce((total, fold) => total + lengthOf(fold), 0);
  const room = 100 - folds.length * FOLD_WIDTH;
  const place = (time: number) => {
    const within = Math.min(Math.max(time, first), last);
    const shares = folds.map(({ from, to }) => Math.min(Math.max((within - from) / (to - from), 0), 1));
    const folded = shares.reduce((total, share) => total + share, 0);
    const hidden = folds.reduce((total, fold, index) => total + lengthOf(fold) * (shares[index] ?? 0), 0);
    return shown > 0 ? folded * FOLD_WIDTH + ((within - first - hidden) / shown) * room : 0;
  };
  return { place, ticks: chooseTicks(first, last, shown, folds), folds };
}

/** Chooses gaps, longest first, until the next one takes only a small share of the time that is still shown. */
function chooseFolds(times: readonly number[]): Gap[] {
  const gaps = times.slice(1).map((to, index) => ({ from: times[index] ?? to, to }));
  const folds: Gap[] = [];
  let shown = (times.at(-1) ?? 0) - (times[0] ?? 0);
  for (const gap of [...gaps].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, MAX_FOLDS)) {
    const length = lengthOf(gap);
    if (gaps.length === 1 || length < SHORTEST_FOLD_MS || length < shown * FOLDED_SHARE) break;
    folds.push(gap);
    shown -= length;
  }
  return folds.sort((a, b) => a.from - b.from);
}

function chooseTicks(first: number, last: number, shown: number, folds: readonly Gap[]): number[] {
  if (shown <= 0) return [];
  const step = roundStep(shown / STEPS);
  const ticks: number[] = [];
  // From one open stretch to the next: a fold may be many steps long.
  const ends = [...folds.map(({ from }) => from), last];
  const begins = [first, ...folds.map(({ to }) => to)];
  for (const [index, begin] of begins.entries()) {
    for (let count = Math.ceil(begin / step); count * step <= (ends[index] ?? last); count++) ticks.push(count * step);
  }
  return ticks;
}

/** The next of 1, 2, 5, 10, 20, 50 and so on that is not below `least`. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, SMALLEST_STEP_MS)));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}
