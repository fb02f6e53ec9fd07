/** Records a race in a {@link Timing}: each attempt with its kind and outcome, without any address. */
import type { Timing } from "../../base/timing.ts";
import type { RaceEvent, RaceState } from "./race.ts";
import type { RaceEffect } from "./race-state.ts";

/** Called by the driver after each step of the race, before its effects are carried out. */
export type RaceWatch = (event: RaceEvent, effects: readonly RaceEffect[], state: RaceState) => void;

/** How an attempt ended. `dropped`: it was no longer needed, or it was too slow while other candidates waited. */
type Outcome = "won" | "failed" | "dropped";

/** Makes a watcher that records into `timing`. */
export function watchRace(timing: Timing): RaceWatch {
  const open = new Map<number, (outcome: Outcome) => void>();
  const begin = (id: number, details: { kind: "direct" | "relay"; inbound?: true }) => {
    const end = timing.begin("attempt", details);
    open.set(id, (outcome) => end({ outcome }));
  };
  const end = (id: number, outcome: Outcome) => {
    open.get(id)?.(outcome);
    open.delete(id);
  };
  return (event, effects, state) => {
    if (event.on === "failed") end(event.id, "failed");
    for (const effect of effects) {
      if (effect.do === "dial") begin(effect.candidate.id, { kind: effect.candidate.relayed ? "relay" : "direct" });
      if (effect.do === "handshake") begin(effect.id, { kind: "direct", inbound: true });
      if (effect.do === "win") end(effect.id, "won");
      if (effect.do === "drop") end(effect.id, "dropped");
    }
    if (state.at === "over") for (const id of open.keys()) end(id, "dropped");
  };
}
