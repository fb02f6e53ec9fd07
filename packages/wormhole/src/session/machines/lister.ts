/** Lists the nameplates in use at the server, to complete the code that a person is typing. */
import { machine, stay } from "../../base/machine.ts";
import { list, text, variants } from "../../base/shape.ts";
import { type Effect, transmit } from "./effects.ts";

/** `nameplates` are from the latest answer. */
export type State = { at: "idle"; nameplates: string[] } | { at: "asking"; nameplates: string[] };

export type Event = { on: "refresh" } | { on: "linked" } | { on: "nameplates"; nameplates: string[] };

export const shape = variants<State>({ idle: { nameplates: list(text) }, asking: { nameplates: list(text) } });

const ask = transmit({ type: "list" });

/** Asks the server for its nameplates, with one open request at a time. */
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
