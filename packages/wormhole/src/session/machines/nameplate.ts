/**
 * The nameplate at the server. It is claimed once the code is known, again after each reconnect, and released as soon as
 * possible.
 */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { text, variants } from "../../base/shape.ts";
import { type Effect, to, transmit } from "./effects.ts";

export type State =
  | { at: "none" }
  | { at: "claiming"; nameplate: string }
  | { at: "claimed"; nameplate: string }
  /** After a reconnect, it is claimed again. If the server answers with another mailbox, it has forgotten the first one. */
  | { at: "reclaiming"; nameplate: string }
  /** The wormhole is closing, but the name of the mailbox may still be on its way from the server. */
  | { at: "leaving"; nameplate: string }
  | { at: "releasing"; nameplate: string }
  | { at: "released" };

export type Event =
  | { on: "chosen"; nameplate: string }
  /** A nameplate was allocated, but the wormhole is already closing. */
  | { on: "unwanted"; nameplate: string }
  | { on: "linked" }
  | { on: "claimed"; mailbox: string }
  /** A message from the peer has arrived. */
  | { on: "peerArrived" }
  | { on: "released" }
  /** The server answered with an error. */
  | { on: "denied"; reason: string }
  /** The wormhole ends with an error, so no other answer will come. */
  | { on: "refused" }
  | { on: "close" };

const claimed = { nameplate: text };
export const shape = variants<State>({
  none: {},
  claiming: claimed,
  claimed,
  reclaiming: claimed,
  leaving: claimed,
  releasing: claimed,
  released: {},
});

/** Claims the nameplate, and releases it when the peer's first message arrives, so that nameplates stay short. */
export const nameplate = machine<State, Event, Effect, Unexpected>({
  none: {
    chosen: (_, { nameplate }) => [{ at: "claiming", nameplate }, claim(nameplate)],
    unwanted: (_, { nameplate }) => [{ at: "claiming", nameplate }, claim(nameplate)],
    close: () => [{ at: "released" }, to("mailbox", { on: "close" }), to("terminator", { on: "nameplateDone" })],
    denied,
    ...stay("linked", "refused"),
    ...unexpected("claimed", "peerArrived", "released"),
  },
  claiming: {
    linked: (state) => [state, claim(state.nameplate)],
    claimed: ({ nameplate }, { mailbox }) => [
      { at: "claimed", nameplate },
      to("link", { on: "useful" }),
      to("mailbox", { on: "found", mailbox }),
    ],
    denied,
    refused: ({ nameplate }) => giveBack(nameplate),
    close: (state) => [{ ...state, at: "leaving" }],
    ...unexpected("chosen", "unwanted", "peerArrived", "released"),
  },
  claimed: {
    peerArrived: ({ nameplate }) => giveBack(nameplate),
    close: ({ nameplate }) => [...giveBack(nameplate), to("mailbox", { on: "close" })],
    linked: reclaim,
    denied,
    ...stay("claimed", "refused"),
    ...unexpected("chosen", "unwanted", "released"),
  },
  // To claim a nameplate that this side holds changes nothing at a server that remembers.
  reclaiming: {
    linked: reclaim,
    claimed: ({ nameplate }, { mailbox }) => [{ at: "claimed", nameplate }, to("mailbox", { on: "found", mailbox })],
    denied: ({ nameplate }) => [...giveBack(nameplate), to("outcome", { on: "forgotten" })],
    refused: ({ nameplate }) => giveBack(nameplate),
    close: (state) => [{ ...state, at: "leaving" }],
    ...stay("peerArrived"),
    ...unexpected("chosen", "unwanted", "released"),
  },
  leaving: {
    linked: (state) => [state, claim(state.nameplate)],
    claimed: ({ nameplate }, { mailbox }) => [
      ...giveBack(nameplate),
      to("mailbox", { on: "found", mailbox }),
      to("mailbox", { on: "close" }),
    ],
    denied,
    ...stay("close", "refused"),
    ...unexpected("chosen", "unwanted", "peerArrived", "released"),
  },
  releasing: {
    linked: (state) => [state, release(state.nameplate), mailboxLinked],
    released: () => [{ at: "released" }, to("link", { on: "useful" }), to("terminator", { on: "nameplateDone" })],
    denied,
    close: (state) => [state, to("mailbox", { on: "close" })],
    ...stay("peerArrived", "claimed", "refused"),
    ...unexpected("chosen", "unwanted"),
  },
  released: {
    close: (state) => [state, to("mailbox", { on: "close" }), to("terminator", { on: "nameplateDone" })],
    linked: (state) => [state, mailboxLinked],
    denied,
    // A release that was repeated after a reconnect may get two answers.
    ...stay("claimed", "peerArrived", "released", "refused"),
    ...unexpected("chosen", "unwanted"),
  },
});

function claim(nameplate: string): Effect {
  return transmit({ type: "claim", nameplate });
}

/** The mailbox is opened again by the answer. */
function reclaim({ nameplate }: { nameplate: string }): Step<State, Effect> {
  return [{ at: "reclaiming", nameplate }, claim(nameplate)];
}

const mailboxLinked = to("mailbox", { on: "linked" });

function denied<S extends State>(state: S, { reason }: { reason: string }): Step<State, Effect> {
  return [state, to("outcome", { on: "serverError", reason })];
}

function release(nameplate: string): Effect {
  return transmit({ type: "release", nameplate });
}

function giveBack(nameplate: string): Step<State, Effect> {
  return [{ at: "releasing", nameplate }, release(nameplate)];
}
