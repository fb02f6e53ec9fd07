/** Gets the code: it is allocated, set as a whole, or typed by a person. */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { text, variants } from "../../base/shape.ts";
import { type Effect, to } from "./effects.ts";

export type State =
  | { at: "none" }
  | { at: "allocating" }
  /** A person is typing the number. */
  | { at: "choosingNameplate" }
  /** A person is typing the words. */
  | { at: "choosingWords"; nameplate: string }
  | { at: "known"; code: string };

/** The nameplates and words in these events have been checked. */
export type Event =
  | { on: "allocate"; words: number }
  | { on: "allocated"; nameplate: string; words: string }
  | { on: "set"; nameplate: string; words: string }
  | { on: "input" }
  | { on: "refreshNameplates" }
  | { on: "chooseNameplate"; nameplate: string }
  | { on: "chooseWords"; words: string };

export const shape = variants<State>({
  none: {},
  allocating: {},
  choosingNameplate: {},
  choosingWords: { nameplate: text },
  known: { code: text },
});

/** Gets the code in one of three ways, once. */
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
    // The nameplate is not claimed yet, so a corrected typo never uses up another person's code.
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
    to("delivery", { on: "codeKnown", code: whole }),
    to("nameplate", { on: "chosen", nameplate }),
    to("key", { on: "code", code: whole }),
  ];
}
