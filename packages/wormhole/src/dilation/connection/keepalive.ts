/**
 * Decides whether the peer is still there. Every frame is a sign of life. After a third of the interval without one, this side
 * sends a ping; after the whole interval, the connection is considered dead.
 */
import { machine, type Step, stay } from "../../base/machine.ts";

export type KeepaliveState =
  /** There is no connection. */
  | { readonly at: "off" }
  /** The connection works, as far as known. */
  | { readonly at: "trusting"; readonly third: number }
  /** A ping was sent, and nothing has come since. */
  | { readonly at: "asking"; readonly third: number };

export type KeepaliveEvent =
  /** There is a connection. `third` is a third of the interval, milliseconds. */
  | { readonly on: "connected"; readonly third: number }
  /** The connection is lost. */
  | { readonly on: "lost" }
  /** The timer has fired. `received` is whether a frame has come since the timer was set. */
  | { readonly on: "tick"; readonly received: boolean }
  /** There is reason for doubt. The peer has `within` milliseconds to answer. */
  | { readonly on: "doubt"; readonly within: number };

export type KeepaliveEffect =
  | { readonly do: "ping" }
  /** Set the only timer, replacing the one that is set. */
  | { readonly do: "timer"; readonly after: number }
  | { readonly do: "cancel" }
  /** The peer does not answer. */
  | { readonly do: "dead" };

type Watching = Exclude<KeepaliveState, { at: "off" }>;

export const keepalive = machine<KeepaliveState, KeepaliveEvent, KeepaliveEffect>({
  off: {
    connected: (_, { third }) => [{ at: "trusting", third }, timer(third)],
    ...stay("lost", "tick", "doubt"),
  },
  trusting: {
    connected: (_, { third }) => [{ at: "trusting", third }, timer(third)],
    tick: (state, { received }) => (received ? [state, timer(state.third)] : ask(state, state.third)),
    doubt: (state, { within }) => ask(state, within),
    lost: () => [{ at: "off" }, { do: "cancel" }],
  },
  asking: {
    connected: (_, { third }) => [{ at: "trusting", third }, timer(third)],
    tick: ({ third }, { received }) =>
      received ? [{ at: "trusting", third }, timer(third)] : [{ at: "off" }, { do: "dead" }],
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
