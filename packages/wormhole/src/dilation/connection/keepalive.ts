import { machine, type Step, stay } from "../../base/machine.ts";

/**
 * Whether the other end of a connection is still there. Whatever comes from it is a sign of life; after a third of the
 * interval without one it is asked, and after the whole interval it counts as dead.
 */
export type KeepaliveState =
  | { readonly at: "off" }
  | { readonly at: "trusting"; readonly third: number }
  /** Asked, after a third of the interval without a sign. */
  | { readonly at: "asking"; readonly third: number };

export type KeepaliveEvent =
  /** A connection. `third` of the interval, milliseconds. */
  | { readonly on: "linked"; readonly third: number }
  | { readonly on: "lost" }
  /** The timer. `heard`: there was a sign since the timer was set. */
  | { readonly on: "tick"; readonly heard: boolean }
  /** There is reason for doubt: it has so many milliseconds to answer. */
  | { readonly on: "doubt"; readonly within: number };

export type KeepaliveEffect =
  | { readonly do: "ping" }
  /** There is one timer: set again, it starts anew. */
  | { readonly do: "timer"; readonly after: number }
  | { readonly do: "cancel" }
  | { readonly do: "dead" };

type Watching = Exclude<KeepaliveState, { at: "off" }>;

export const keepalive = machine<KeepaliveState, KeepaliveEvent, KeepaliveEffect>({
  off: {
    linked: (_, { third }) => [{ at: "trusting", third }, timer(third)],
    ...stay("lost", "tick", "doubt"),
  },
  trusting: {
    linked: (_, { third }) => [{ at: "trusting", third }, timer(third)],
    tick: (state, { heard }) => (heard ? [state, timer(state.third)] : ask(state, state.third)),
    doubt: (state, { within }) => ask(state, within),
    lost: () => [{ at: "off" }, { do: "cancel" }],
  },
  asking: {
    linked: (_, { third }) => [{ at: "trusting", third }, timer(third)],
    tick: ({ third }, { heard }) =>
      heard ? [{ at: "trusting", third }, timer(third)] : [{ at: "off" }, { do: "dead" }],
    doubt: (state, { within }) => ask(state, within),
    lost: () => [{ at: "off" }, { do: "cancel" }],
  },
});

function ask({ third }: Watching, within: number): Step<KeepaliveState, KeepaliveEffect> {
  return [{ at: "asking", third }, { do: "ping" }, timer(within)];
}

function timer(after: number): KeepaliveEffect {
  return { do: "timer", after };
}
