import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { CLOSE_DEADLINE } from "../limits.ts";
import type { Mood } from "../messages.ts";
import { type Effect, to } from "./effects.ts";

export type State =
  | { at: "open" }
  /** What the server still has to confirm. */
  | { at: "closing"; nameplate: boolean; mailbox: boolean }
  | { at: "closed" };

export type Event =
  | { on: "close"; mood: Mood }
  | { on: "nameplateDone" }
  | { on: "mailboxDone" }
  /** The server cannot help any more. */
  | { on: "giveUp" }
  /** The server has not confirmed everything in time. */
  | { on: "late" }
  /** The wormhole was restored: its timers are not running. */
  | { on: "resumed" };

const deadline: Effect = { do: "setTimer", name: "close", after: CLOSE_DEADLINE };

/** Counts what a closing wormhole owes the server. When nothing is left, or the time is over, the link goes down. */
export const terminator = machine<State, Event, Effect, Unexpected>({
  open: {
    close: (_, { mood }) => [
      { at: "closing", nameplate: true, mailbox: true },
      deadline,
      to("mailbox", { on: "mood", mood }),
      to("allocator", { on: "close" }),
      to("link", { on: "leaving" }),
    ],
    // The nameplate is given back long before the end.
    ...stay("nameplateDone", "giveUp", "late", "resumed"),
    ...unexpected("mailboxDone"),
  },
  closing: {
    nameplateDone: (state) => settled({ ...state, nameplate: false }),
    mailboxDone: (state) => settled({ ...state, mailbox: false }),
    giveUp: () => stop(),
    late: () => stop({ late: true }),
    resumed: (state) => [state, deadline],
    ...stay("close"),
  },
  closed: {
    ...stay("close", "nameplateDone", "mailboxDone", "giveUp", "late", "resumed"),
  },
});

function settled(state: Extract<State, { at: "closing" }>): Step<State, Effect> {
  return state.nameplate || state.mailbox ? [state] : stop();
}

function stop({ late } = { late: false }): Step<State, Effect> {
  return [
    { at: "closed" },
    { do: "cancelTimer", name: "close" },
    to("link", { on: "stop" }),
    to("boss", { on: "finished", late }),
  ];
}
