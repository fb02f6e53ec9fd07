import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { type Effect, to } from "./effects.ts";

export type State =
  | { at: "none" }
  | { at: "allocating" }
  /** A person is typing the number. */
  | { at: "choosingNameplate" }
  /** A person is typing the words. */
  | { at: "choosingWords"; nameplate: string }
  | { at: "known"; code: string };

/** Nameplates and words have been checked before they come here. */
export type Event =
  | { on: "allocate"; words: number }
  | { on: "allocated"; nameplate: string; words: string }
  | { on: "set"; nameplate: string; words: string }
  | { on: "input" }
  | { on: "refreshNameplates" }
  | { on: "chooseNameplate"; nameplate: string }
  | { on: "chooseWords"; words: string };

/** By which of three ways the code becomes known: allocated, set, or typed in. */
export const code = machine<State, Event, Effect, Unexpected>({
  none: {
    allocate: (_, { words }) => [{ at: "allocating" }, to("allocator", { on: "allocate", words })],
    set: (_, { nameplate, words }) => known(nameplate, words),
    input: () => [{ at: "choosingNameplate" }, to("lister", { on: "refresh" })],
    ...unexpected("allocated", "refreshNameplates", "chooseNameplate", "chooseWords"),
  },
  allocating: {
    allocated: (_, { nameplate, words }) => known(nameplate, words),
    ...unexpected("allocate", "set", "input", "refreshNameplates", "chooseNameplate", "chooseWords"),
  },
  choosingNameplate: {
    refreshNameplates: (state) => [state, to("lister", { on: "refresh" })],
    // Not claimed yet: a number that is mended before the end spoils nobody's code.
    chooseNameplate: (_, { nameplate }) => [{ at: "choosingWords", nameplate }],
    ...unexpected("allocate", "allocated", "set", "input", "chooseWords"),
  },
  choosingWords: {
    chooseWords: ({ nameplate }, { words }) => known(nameplate, words),
    ...unexpected("allocate", "allocated", "set", "input", "refreshNameplates", "chooseNameplate"),
  },
  known: {
    ...stay("allocated"),
    ...unexpected("allocate", "set", "input", "refreshNameplates", "chooseNameplate", "chooseWords"),
  },
});

function known(nameplate: string, words: string): Step<State, Effect> {
  const whole = `${nameplate}-${words}`;
  return [
    { at: "known", code: whole },
    to("boss", { on: "gotCode", code: whole }),
    to("nameplate", { on: "chosen", nameplate }),
    to("key", { on: "code", code: whole }),
  ];
}
