import { machine, stay } from "../../base/machine.ts";
import { type Effect, transmit } from "./effects.ts";

/** `nameplates` are those of the newest answer. */
export type State = { at: "idle"; nameplates: string[] } | { at: "asking"; nameplates: string[] };

export type Event = { on: "refresh" } | { on: "linked" } | { on: "nameplates"; nameplates: string[] };

const ask = transmit({ type: "list" });

/** Which nameplates wait at the server. However often it is asked, one question is under way. */
export const lister = machine<State, Event, Effect>({
  idle: {
    refresh: (state) => [{ ...state, at: "asking" }, ask],
    nameplates: (_, { nameplates }) => [{ at: "idle", nameplates }],
    ...stay("linked"),
  },
  asking: {
    linked: (state) => [state, ask],
    nameplates: (_, { nameplates }) => [{ at: "idle", nameplates }],
    ...stay("refresh"),
  },
});
