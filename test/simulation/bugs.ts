/**
 * Bugs that are planted on purpose, each in one cell of one machine's table. The simulation must find all of them. They are
 * plausible mistakes, and existing programs have made some of them.
 */
import type { Random } from "../../packages/wormhole/src/base/random.ts";
import type { machines } from "../../packages/wormhole/src/session/machines/machines.ts";
import { type Cell, tableOf } from "./coverage.ts";

/** A bug that can be planted. */
export interface Bug {
  readonly name: string;
  /** Plants the bug. Returns a function that removes it. */
  readonly plant: () => () => void;
}

/** The fields of states, events and effects that planted bugs use. */
interface Loose {
  readonly [name: string]: unknown;
  readonly event?: Loose;
  readonly command?: Loose;
  readonly outbox?: readonly Loose[];
  readonly plaintext?: Uint8Array;
}
type Transition = (state: Loose, event: Loose, random: Random) => [state: Loose, ...effects: Loose[]];

/** Makes a bug in one cell. `spoil` gets the right transition and returns a wrong one. */
function bug(
  name: string,
  machine: keyof typeof machines,
  at: string,
  on: string,
  spoil: (right: Transition) => Transition,
): Bug {
  const plant = () => {
    const row = tableOf(machine)[at];
    const right = row?.[on];
    if (!row || typeof right !== "function") throw new Error(`${machine} has no transition for ${on} when ${at}`);
    row[on] = spoil(right as Transition) as Cell;
    return () => {
      row[on] = right;
    };
  };
  return { name, plant };
}

/** Removes the effects that `drop` selects from a transition. */
function without(drop: (effect: Loose) => boolean): (right: Transition) => Transition {
  return (right) =>
    (...given) => {
      const [state, ...effects] = right(...given);
      return [state, ...effects.filter((effect) => !drop(effect))];
    };
}

const transmits = (type: string) => (effect: Loose) => effect.do === "transmit" && effect.command?.type === type;
const passes = (name: string, on: string) => (effect: Loose) => effect.name === name && effect.event?.on === on;

/** Delivers a message of the application as it arrives, whatever its number. */
const unordered =
  (right: Transition): Transition =>
  (state, message, random) =>
    /^\d+$/.test(String(message.phase))
      ? [{ ...state }, { do: "tell", event: { type: "message", message: message.plaintext } }]
      : right(state, message, random);

/** All planted bugs. */
export const bugs: readonly Bug[] = [
  bug(
    "messages without an echo are not sent again after a reconnect",
    "mailbox",
    "open",
    "linked",
    without(transmits("add")),
  ),
  bug("the mailbox is not opened again after a reconnect", "mailbox", "open", "linked", without(transmits("open"))),
  bug(
    "an echo counts for all phases, not only for its own",
    "mailbox",
    "open",
    "message",
    (right) => (state, message, random) =>
      message.side === state.side ? [{ ...state, outbox: [] }] : right(state, message, random),
  ),
  bug("a nameplate is not claimed again after a reconnect", "nameplate", "claiming", "linked", () => (state) => [
    state,
  ]),
  bug("a nameplate is not claimed again while it waits", "nameplate", "claimed", "linked", () => (state) => [
    state,
    { do: "to", name: "mailbox", event: { on: "linked" } },
  ]),
  bug(
    "another mailbox is taken for the same one",
    "mailbox",
    "open",
    "found",
    (right) => (state, event, random) => right(state, { ...event, mailbox: state.mailbox }, random),
  ),
  bug("a nameplate is not released at the end", "nameplate", "claimed", "close", without(transmits("release"))),
  bug("a release is not repeated after a reconnect", "nameplate", "releasing", "linked", () => (state) => [state]),
  bug("an allocation is not requested again after a reconnect", "allocator", "allocating", "linked", () => (state) => [
    state,
  ]),
  bug(
    "messages that arrive before the key exchange are lost",
    "order",
    "waiting",
    "message",
    (right) => (state, message, random) => (message.phase === "pake" ? right(state, message, random) : [state]),
  ),
  bug(
    "a message that does not decrypt is ignored",
    "receive",
    "unverified",
    "message",
    (right) => (state, message, random) => {
      const [next, ...effects] = right(state, message, random);
      return next.at === "undecryptable" ? [state] : [next, ...effects];
    },
  ),
  bug("messages are sent before the peer has proved its code", "send", "holding", "send", () => (state, outbound) => [
    state,
    { do: "to", name: "mailbox", event: { on: "add", phase: outbound.phase, body: outbound.plaintext } },
  ]),
  bug(
    "a message is encrypted again when it is sent again",
    "mailbox",
    "open",
    "linked",
    (right) => (state, event, random) => {
      const outbox = (state.outbox ?? []).map((out: Loose) => ({
        ...out,
        body: out.phase === "pake" ? out.body : random(60),
      }));
      return right({ ...state, outbox }, event, random);
    },
  ),
  bug("messages are delivered as they arrive", "delivery", "introduced", "message", unordered),
  bug("messages do not wait for the versions", "delivery", "greeted", "message", unordered),
  bug("the number of the next message is not kept", "delivery", "introduced", "send", (right) => (state, ...given) => {
    const [, ...effects] = right(state, ...given);
    return [state, ...effects];
  }),
  bug(
    "a lost link is not restored",
    "link",
    "up",
    "lost",
    without((effect) => effect.do === "setTimer"),
  ),
  bug(
    "the mailbox is not informed that the link is up again",
    "nameplate",
    "released",
    "linked",
    without(passes("mailbox", "linked")),
  ),
  bug(
    "the end does not wait for the mailbox",
    "terminator",
    "closing",
    "nameplateDone",
    (right) => (state, event, random) => right({ ...state, mailbox: false }, event, random),
  ),
  bug(
    "closing has no deadline",
    "terminator",
    "open",
    "close",
    without((effect) => effect.do === "setTimer"),
  ),
  bug("a restored wormhole forgets that it was closing", "terminator", "closing", "resumed", () => (state) => [state]),
  bug("the server's second welcome is told again", "delivery", "introduced", "welcome", (right) => (...given) => [
    ...right(...given),
    { do: "tell", event: { type: "welcome", welcome: given[1].welcome } },
  ]),
  bug(
    "control messages of dilation are delivered as they arrive",
    "delivery",
    "introduced",
    "message",
    (right) => (state, message, random) =>
      String(message.phase).startsWith("dilate-")
        ? [state, { do: "tell", event: { type: "dilation", message: message.plaintext } }]
        : right(state, message, random),
  ),
  bug(
    "the number of the next control message is not kept",
    "delivery",
    "introduced",
    "sendControl",
    (right) =>
      (...given) => {
        const [, ...effects] = right(...given);
        return [given[0], ...effects];
      },
  ),
  bug(
    "a second welcome does not bring the link up again",
    "delivery",
    "introduced",
    "welcome",
    without(passes("permission", "greeted")),
  ),
  bug("the permission outlives its connection", "permission", "granted", "disconnected", () => (state) => [state]),
  bug("a stamp is submitted under only one name", "permission", "submitting", "refused", () => (state) => [
    state,
    { do: "to", name: "outcome", event: { on: "serverError", reason: "unknown type" } },
  ]),
  bug(
    "a series counts as complete up to its highest number",
    "mailbox",
    "open",
    "message",
    (right) => (state, message, random) => {
      const [next, ...effects] = right(state, message, random);
      if (effects.length === 0 || !/^\d+$/.test(String(message.phase))) return [next, ...effects];
      return [{ ...next, complete: { [`${message.side} `]: Number(message.phase) + 1 } }, ...effects];
    },
  ),
  bug(
    "the length of a complete series is not kept",
    "mailbox",
    "open",
    "message",
    (right) => (state, message, random) => right({ ...state, complete: {} }, message, random),
  ),
  bug(
    "a hurried attempt is repeated when the pause is over",
    "link",
    "waiting",
    "hurry",
    without((effect) => effect.do === "cancelTimer"),
  ),
  bug(
    "there is no new connection after the addresses have changed",
    "link",
    "up",
    "moved",
    without((effect) => effect.do === "open"),
  ),
];
