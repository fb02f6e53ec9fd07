/** The messages that were delivered, remembered in little space so that none is delivered twice. */
import { count, list, record, text } from "../../base/shape.ts";
import { numberedPhase } from "./phase.ts";

/** What is remembered. A wormhole may live for weeks, so a series without a gap is kept as its length alone. */
export interface Heard {
  /** Side and phase of each message that is not part of a complete beginning of its series. */
  heard: string[];
  /** For each series of a side: every message with a lower number than this was delivered. */
  complete: { [series: string]: number };
}

/** The shapes of the fields of {@link Heard} in a saved state. */
export const heardShape = { heard: list(text), complete: record(count) };

/** The memory of a new mailbox. */
export const NOTHING_HEARD: Heard = { heard: [], complete: {} };

/** Whether a message was delivered before. */
export function isHeard({ heard, complete }: Heard, side: string, phase: string): boolean {
  const numbered = numberedPhase(phase);
  if (numbered && numbered.number < (complete[`${side} ${numbered.series}`] ?? 0)) return true;
  return heard.includes(`${side} ${phase}`);
}

/** What is remembered after one message more, which may close a gap. */
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

/** How many things are remembered. */
export function sizeOf({ heard, complete }: Heard): number {
  return heard.length + Object.keys(complete).length;
}
