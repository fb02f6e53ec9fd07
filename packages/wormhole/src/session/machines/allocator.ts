/** Gets a new code: the server allocates the nameplate, and this side draws the words. */
import { type Draws, machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { variants, whole } from "../../base/shape.ts";
import { drawWords, MAX_WORDS } from "../code-words.ts";
import { type Effect, to, transmit } from "./effects.ts";

export type State =
  | { at: "idle" }
  | { at: "allocating"; words: number }
  /** The wormhole is closing, but an allocated nameplate may still be on its way from the server. */
  | { at: "leaving" }
  | { at: "done" };

export type Event =
  | { on: "allocate"; words: number }
  | { on: "linked" }
  | { on: "allocated"; nameplate: string }
  /** The server answered with an error, so no other answer will come. */
  | { on: "refused" }
  | { on: "close" };

export const shape = variants<State>({
  idle: {},
  allocating: { words: whole(1, MAX_WORDS) },
  leaving: {},
  done: {},
});

const ask = transmit({ type: "allocate" });

/** Asks the server for a nameplate, then draws the words on this side, so that the server never has them. */
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
      to("link", { on: "useful" }),
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
    // The answer was lost with the old connection. That nameplate expires by itself.
    linked: () => leave(),
    ...stay("close", "refused"),
    ...unexpected("allocate"),
  },
  done: {
    close: () => leave(),
    // A request that was repeated after a reconnect may get a second answer.
    ...stay("linked", "allocated", "refused"),
    ...unexpected("allocate"),
  },
});

function leave(): Step<State, Effect> {
  return [{ at: "done" }, to("nameplate", { on: "close" })];
}
