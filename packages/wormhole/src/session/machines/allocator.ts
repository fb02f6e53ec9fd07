import { type Draws, machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { drawWords } from "../code-words.ts";
import { type Effect, to, transmit } from "./effects.ts";

export type State =
  | { at: "idle" }
  | { at: "allocating"; words: number }
  /** Closing, while the server may already have given us a nameplate that we do not know yet. */
  | { at: "leaving" }
  | { at: "done" };

export type Event =
  | { on: "allocate"; words: number }
  | { on: "linked" }
  | { on: "allocated"; nameplate: string }
  /** The server answered with an error: what was asked is not answered any more. */
  | { on: "refused" }
  | { on: "close" };

const ask = transmit({ type: "allocate" });

/** Asks the server for a nameplate, then draws the words here: the server never knows them. */
export const allocator = machine<State, Event, Effect, Unexpected, Draws>({
  idle: {
    allocate: (_, { words }) => [{ at: "allocating", words }, ask],
    close: () => leave(),
    ...stay("linked", "refused"),
    ...unexpected("allocated"),
  },
  allocating: {
    linked: (state) => [state, ask],
    allocated: ({ words }, { nameplate }, random) => [
      { at: "done" },
      to("code", { on: "allocated", nameplate, words: drawWords(random(words)) }),
    ],
    refused: () => [{ at: "done" }],
    close: () => [{ at: "leaving" }],
    ...unexpected("allocate"),
  },
  leaving: {
    allocated: (_, { nameplate }) => [
      { at: "done" },
      to("nameplate", { on: "unwanted", nameplate }),
      to("nameplate", { on: "close" }),
    ],
    // The answer went down with the old connection: that nameplate expires by itself.
    linked: () => leave(),
    ...stay("close", "refused"),
    ...unexpected("allocate"),
  },
  done: {
    close: () => leave(),
    // The answer to a question that was asked again after a reconnect.
    ...stay("linked", "allocated", "refused"),
    ...unexpected("allocate"),
  },
});

function leave(): Step<State, Effect> {
  return [{ at: "done" }, to("nameplate", { on: "close" })];
}
