/** Names of phases: client-protocol.md of magic-wormhole-protocols, dilation-protocol.rst of magic-wormhole. */

/** The prefix of a numbered phase: empty for messages of the application, `dilate-` for control messages of dilation. */
export type SeriesName = "" | "dilate-";

/** A phase of a series that each side counts from 0. */
export interface NumberedPhase {
  readonly series: SeriesName;
  readonly number: number;
}

const NUMBERED = /^(dilate-)?(0|[1-9][0-9]{0,8})$/;

/** Splits the name of a numbered phase. Returns `undefined` for any other name. */
export function numberedPhase(phase: string): NumberedPhase | undefined {
  const [matches, series, number] = NUMBERED.exec(phase) ?? [];
  if (matches === undefined) return undefined;
  return { series: series === undefined ? "" : "dilate-", number: Number(number) };
}
