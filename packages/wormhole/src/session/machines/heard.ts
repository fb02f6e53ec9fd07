/** Which messages were delivered, so that none is twice, in little space: a wormhole may live for weeks. */
import { numberedPhase } from "./phase.ts";

/** What is remembered. The names of a series without a gap are not kept: how far it is complete says it all. */
export interface Heard {
  /** Names, as side and phase. */
  heard: string[];
  /** For a series of a side: all that have a lower number than this were delivered. Absent before there is one. */
  complete?: { [series: string]: number };
}

/** Whether a message was delivered before. */
export function isHeard({ heard, complete }: Heard, side: string, phase: string): boolean {
  const numbered = numberedPhase(phase);
  if (numbered && numbered.number < (complete?.[`${side} ${numbered.series}`] ?? 0)) return true;
  return heard.includes(`${side} ${phase}`);
}

/** The same with one message more, which may close a gap. */
export function withHeard(before: Heard, side: string, phase: string): Heard {
  const name = `${side} ${phase}`;
  const numbered = numberedPhase(phase);
  if (!numbered) return { ...before, heard: [...before.heard, name] };
  const names = new Set(before.heard).add(name);
  const series = `${side} ${numbered.series}`;
  let next = before.complete?.[series] ?? 0;
  while (names.delete(`${series}${next}`)) next++;
  return { heard: [...names], complete: { ...before.complete, ...(next > 0 && { [series]: next }) } };
}

/** How many things are remembered. */
export function sizeOf({ heard, complete = {} }: Heard): number {
  return heard.length + Object.keys(complete).length;
}
