/** Remembers in little space which messages the mailbox has passed on, so that none is passed on twice. */
import { count, list, record, text } from "../../base/shape.ts";
import { numberedPhase } from "./phase.ts";

/** The memory. A wormhole may live for weeks, so a series without a gap is kept as its length alone. */
export interface Heard {
  /** Side and phase of each message that `complete` does not include. */
  heard: string[];
  /** For each series of a side, the number below which all messages were passed on. */
  complete: { [series: string]: number };
}

/** The shapes of the fields of {@link Heard} in a saved state. */
export const heardShape = { heard: list(text), complete: record(count) };

/** The memory of a new mailbox. */
export const NOTHING_HEARD: Heard = { heard: [], complete: {} };

/** Whether a message was passed on before. */
export function isHeard({ heard, complete }: Heard, side: string, phase: string): boolean {
  const numbered = numberedPhase(phase);
  if (numbered && numbered.number < (complete[`${side} ${numbered.series}`] ?? 0)) return true;
  return heard.includes(`${side} ${phase}`);
}

/** The memory after one more message, which may close a gap. */
export function withHeard({ heard, complete }: Heard, side: string, phase: string): Heard {
  const name = `${side} ${phase}`;
  const numbered = numberedPhase(phase);
  if (!numbered) return { heard: [...heard, name], complete };
  const names = new Set(heard).add(name);
  const series = `${side} ${numbered.series}`;
  let next = complete[series] ?? 0;
  while (names.delete(`${series}${next}`)) next++;
  return { heard: [...names], complete: next > 0 ? { ...complete, [series]: next } : complete };
}

/** The number of entries in the memory. */
export function sizeOf({ heard, complete }: Heard): number {
  return heard.length + Object.keys(complete).length;
}
