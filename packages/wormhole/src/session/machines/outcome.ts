/** Decides how a wormhole ends, once, and tells the application when everything is released. */
import { machine, type Step, stay } from "../../base/machine.ts";
import { variants } from "../../base/shape.ts";
import { type Ending, endingShape, moodOf } from "../ending.ts";
import { type Effect, tell, to } from "./effects.ts";

export type State =
  /** The peer has not proved that it has the code. Closing now ends in a `LonelyError`. */
  | { at: "lonely" }
  /** The peer has proved that it has the code. Closing now ends in `"happy"`. */
  | { at: "happy" }
  /** The ending is decided, and the server is releasing what it holds. */
  | { at: "closing"; ending: Ending }
  | { at: "closed"; ending: Ending };

export type Event =
  | { on: "verified" }
  | { on: "close" }
  /** The peer's half of the key exchange is invalid, or a message did not decrypt. */
  | { on: "wrongPassword" }
  /** The peer or the server sent more than the limits allow. */
  | { on: "overwhelmed" }
  | { on: "serverError"; reason: string }
  /** The server's welcome refuses this client, or requires a permission that it cannot get. */
  | { on: "turnedAway"; reason: string }
  /** The server no longer knows the nameplate, or leads it to another mailbox. */
  | { on: "forgotten" }
  /** The first connection failed, or the server has not answered. */
  | { on: "unreachable"; ending: Ending & { kind: "unreachable" } }
  /** Everything at the server is released, or waiting is pointless. `late`: the server did not confirm in time. */
  | { on: "finished"; late: boolean };

export const shape = variants<State>({
  lonely: {},
  happy: {},
  closing: { ending: endingShape },
  closed: { ending: endingShape },
});

/**
 * Decides how the wormhole ends. The first cause counts.
 *
 * The application is told only after the server has confirmed the release, even if the code was wrong. Otherwise an
 * application that exits when it is told would leave the nameplate and the mailbox behind.
 */
export const outcome = machine<State, Event, Effect>({
  lonely: {
    verified: () => [{ at: "happy" }],
    close: () => end({ kind: "lonely" }),
    wrongPassword: () => end({ kind: "wrongPassword" }),
    forgotten: () => end({ kind: "forgotten" }),
    overwhelmed,
    serverError,
    turnedAway: (_, { reason }) => end({ kind: "welcome", reason }),
    unreachable: (_, { ending }) => end(ending),
    ...stay("finished"),
  },
  happy: {
    close: () => end({ kind: "happy" }),
    wrongPassword: () => end({ kind: "wrongPassword" }),
    overwhelmed,
    serverError,
    turnedAway: (_, { reason }) => end({ kind: "welcome", reason }),
    // A peer can only be verified through a server that was reached, and then the nameplate is no longer needed.
    ...stay("verified", "unreachable", "forgotten", "finished"),
  },
  closing: {
    // Such an error answers a command that releases something, so waiting is pointless.
    turnedAway: (state) => [state, to("terminator", { on: "giveUp" })],
    serverError: (state) => [state, to("terminator", { on: "giveUp" })],
    finished: ({ ending }, { late }) => {
      const last: Ending = late && ending.kind === "happy" ? { kind: "abandoned" } : ending;
      return [{ at: "closed", ending: last }, tell({ type: "closed", ending: last })];
    },
    ...stay("verified", "close", "wrongPassword", "overwhelmed", "unreachable", "forgotten"),
  },
  closed: {
    ...stay("verified", "close", "wrongPassword", "overwhelmed", "forgotten"),
    ...stay("serverError", "turnedAway", "unreachable", "finished"),
  },
});

function end(ending: Ending): Step<State, Effect> {
  return [
    { at: "closing", ending },
    to("delivery", { on: "stop" }),
    to("terminator", { on: "close", mood: moodOf(ending) }),
  ];
}

function overwhelmed(): Step<State, Effect> {
  return end({ kind: "server", reason: "too many messages" });
}

/** The error does not name the command that it answers, so every machine with an open request is informed. */
function serverError(_: State, { reason }: { reason: string }): Step<State, Effect> {
  const [next, ...effects] = end({ kind: "server", reason });
  return [next, to("allocator", { on: "refused" }), to("nameplate", { on: "refused" }), ...effects];
}
