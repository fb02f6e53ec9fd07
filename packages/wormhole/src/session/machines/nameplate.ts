/** The nameplate at the server. It is claimed once the code is known, and released as soon as possible. */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { text, variants } from "../../base/shape.ts";
import { type Effect, to, transmit } from "./effects.ts";

export type State =
  | { at: "none" }
  | { at: "claiming"; nameplate: string }
  | { at: "claimed"; nameplate: string }
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
  /** The server answered with an error, so no other answer will come. */
  | { on: "refused" }
  | { on: "close" };

const claimed = { nameplate: text };
export const shape = variants<State>({
  none: {},
  claiming: claimed,
  claimed,
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
    ...stay("linked", "refused"),
    ...unexpected("claimed", "peerArrived", "released"),
  },
  claiming: {
    linked: (state) => [state, claim(state.nameplate)],
    claimed: ({ nameplate }, { mailbox }) => [{ at: "claimed", nameplate }, to("mailbox", { on: "found", mailbox })],
    refused: ({ nameplate }) => giveBack(nameplate),
    close: (state) => [{ ...state, at: "leaving" }],
    ...unexpected("chosen", "unwanted", "peerArrived", "released"),
  },
  claimed: {
    peerArrived: ({ nameplate }) => giveBack(nameplate),
    close: ({ nameplate }) => [...giveBack(nameplate), to("mailbox", { on: "close" })],
    // A claim that was repeated after a reconnect gets the same mailbox.
    ...stay("linked", "claimed", "refused"),
    ...unexpected("chosen", "unwanted", "released"),
  },
  leaving: {
    linked: (state) => [state, claim(state.nameplate)],
    claimed: ({ nameplate }, { mailbox }) => [
      ...giveBack(nameplate),
      to("mailbox", { on: "found", mailbox }),
      to("mailbox", { on: "close" }),
    ],
    ...stay("close", "refused"),
    ...unexpected("chosen", "unwanted", "peerArrived", "released"),
  },
  releasing: {
    linked: (state) => [state, release(state.nameplate)],
    released: () => [{ at: "released" }, to("terminator", { on: "nameplateDone" })],
    close: (state) => [state, to("mailbox", { on: "close" })],
    ...stay("peerArrived", "claimed", "refused"),
    ...unexpected("chosen", "unwanted"),
  },
  released: {
    close: (state) => [state, to("mailbox", { on: "close" }), to("terminator", { on: "nameplateDone" })],
    // A release that was repeated after a reconnect may get two answers.
    ...stay("linked", "claimed", "peerArrived", "released", "refused"),
    ...unexpected("chosen", "unwanted"),
  },
});

function claim(nameplate: string): Effect {
  return transmit({ type: "claim", nameplate });
}

function release(nameplate: string): Effect {
  return transmit({ type: "release", nameplate });
}

function giveBack(nameplate: string): Step<State, Effect> {
  return [{ at: "releasing", nameplate }, release(nameplate)];
}
