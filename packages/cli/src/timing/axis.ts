/** The time axis of a drawing. Where nothing happens for long, such as while a person types, time is folded away. */

/** A stretch of time and where it is drawn. Times are milliseconds, places are pixels. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
  readonly isFold: boolean;
}

export interface Axis {
  /** Where a time is drawn. */
  readonly place: (time: number) => number;
  /** Round times for the reader, none too near to another. */
  readonly ticks: readonly number[];
  /** What was folded away. */
  readonly folds: readonly Piece[];
}

/** Pixels of a fold, whatever its length. */
const FOLD_WIDTH = 48;
/** More folds than these would leave no picture. */
const MAX_FOLDS = 6;
/** Milliseconds: what is shorter can be looked at. */
const SHORTEST_FOLD = 300;
/** A wait is folded if it takes more than this share of what would be shown. */
const FOLDED_SHARE = 0.3;
/** Pixels between two ticks, for their labels. */
const TICK_ROOM = 64;

/** An axis for everything that begins or ends at one of these moments, `width` pixels wide. */
export function timeAxis(moments: readonly number[], width: number): Axis {
  const times = [...new Set(moments)].sort((a, b) => a - b);
  const pieces = layOut(times, width);
  const place = (time: number) => {
    const piece = pieces.find(({ to }) => time <= to) ?? pieces.at(-1);
    if (piece === undefined || piece.to === piece.from) return piece?.left ?? 0;
    const share = Math.min(Math.max((time - piece.from) / (piece.to - piece.from), 0), 1);
    return piece.left + share * (piece.right - piece.left);
  };
  return { place, ticks: chooseTicks(pieces), folds: pieces.filter(({ isFold }) => isFold) };
}

function layOut(times: readonly number[], width: number): Piece[] {
  const gaps = times.slice(1).map((to, index) => ({ from: times[index] ?? to, to }));
  const folded = chooseFolds(gaps);
  const shown = sum(gaps) - sum([...folded]);
  const scale = shown > 0 ? (width - folded.size * FOLD_WIDTH) / shown : 0;
  const pieces: Piece[] = [];
  for (const gap of gaps) {
    const isFold = folded.has(gap);
    const last = pieces.at(-1);
    const left = last?.right ?? 0;
    const right = left + (isFold ? FOLD_WIDTH : (gap.to - gap.from) * scale);
    if (last === undefined || last.isFold || isFold) pieces.push({ ...gap, left, right, isFold });
    else pieces[pieces.length - 1] = { ...last, to: gap.to, right };
  }
  return pieces;
}

interface Gap {
  readonly from: number;
  readonly to: number;
}

const sum = (gaps: readonly Gap[]): number => gaps.reduce((total, { from, to }) => total + to - from, 0);

/** The longest waits, as long as they would take much of the picture. */
function chooseFolds(gaps: readonly Gap[]): Set<Gap> {
  const folds = new Set<Gap>();
  let shown = sum(gaps);
  for (const gap of [...gaps].sort((a, b) => b.to - b.from - (a.to - a.from)).slice(0, MAX_FOLDS)) {
    const length = gap.to - gap.from;
    if (gaps.length === 1 || length < SHORTEST_FOLD || length < shown * FOLDED_SHARE) break;
    folds.add(gap);
    shown -= length;
  }
  return folds;
}

function chooseTicks(pieces: readonly Piece[]): number[] {
  const open = pieces.filter(({ isFold, from, to }) => !isFold && to > from);
  const pixels = open.reduce((total, { left, right }) => total + right - left, 0);
  const step = roundStep((TICK_ROOM * sum(open)) / pixels);
  const ticks: number[] = [];
  let free = Number.NEGATIVE_INFINITY;
  for (const { from, to, left, right } of open) {
    for (let count = Math.ceil(from / step); count * step <= to; count++) {
      const time = count * step;
      const place = left + ((time - from) / (to - from)) * (right - left);
      if (place < free) continue;
      ticks.push(time);
      free = place + TICK_ROOM;
    }
  }
  return ticks;
}

/** The next of 1, 2, 5, 10, 20, 50 …, and no less than a microsecond. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 0.001)));
  return ([1, 2, 5].find((factor) => factor * power >= least) ?? 10) * power;
}
