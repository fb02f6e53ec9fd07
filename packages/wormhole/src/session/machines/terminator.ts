/** Ends a session at the server: tracks which confirmations are missing, and sets the deadline for them. */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { flag, variants } from "../../base/shape.ts";
import { CLOSE_DEADLINE_MS } from "../limits.ts";
import type { Mood } from "../messages.ts";
import { type Effect, to } from "./effects.ts";

export type State =
  | { at: "open" }
  /** Whether the server still has to confirm the release of the nameplate, and the closing of the mailbox. */
  | { at: "closing"; nameplate: boolean; mailbox: boolean }
  | { at: "closed" };

export type Event =
  | { on: "close"; mood: Mood }
  | { on: "nameplateDone" }
  | { on: "mailboxDone" }
  /** Waiting for the server is pointless. */
  | { on: "giveUp" }
  /** The server has not confirmed everything in time. */
  | { on: "late" }
  /** The driver has begun to run this session. After a restore, no timer is running. */
  | { on: "resumed" };

export const shape = variants<State>({ open: {}, closing: { nameplate: flag, mailbox: flag }, closed: {} });

const deadline: Effect = { do: "setTimer", name: "close", after: CLOSE_DEADLINE_MS };

/** Waits until everything is released, or the deadline has passed. Then the link goes down. */
export const terminator = machine<State, Event, Effect, Unexpected>({
  open: {
    close: (_, { mood }) => [
      { at: "closing", nameplate: true, mailbox: true },
      deadline,
      to("mailbox", { on: "mood", mood }),
      to("allocator", { on: "close" }),
      to("link", { on: "leaving" }),
    ],
    // The nameplate is usually released long before the end.
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
    to("outcome", { on: "finished", late }),
  ];
}
