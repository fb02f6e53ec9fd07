/** What the machines of a session ask for: of each other, of the server, of the driver, of the application. */

import type { Command } from "../messages.ts";
import type { WormholeEvent } from "./boss.ts";
import type { Machines } from "./machines.ts";

/** An event for a neighbour. It runs after the present transition, never inside it. */
export type To = { [N in keyof Machines]: { do: "to"; name: N; event: Machines[N]["event"] } }[keyof Machines];

/** Timers that a session has running, at most one of each. */
export type TimerName = "retry" | "welcome" | "close";

export type Effect =
  | To
  /** For the server, if the link is up; otherwise it is forgotten, and said again after the next `linked`. */
  | { do: "transmit"; command: Command }
  /** For the server, before it knows who we are. */
  | { do: "introduce"; command: Command }
  /** For the driver: make a hashcash stamp, and report it as `minted` if the connection is still the same. */
  | { do: "mint"; bits: number; resource: string }
  | { do: "open" }
  | { do: "hangUp" }
  /** Ask whether the server is still there. */
  | { do: "probe" }
  | { do: "setTimer"; name: TimerName; after: number }
  | { do: "cancelTimer"; name: TimerName }
  /** For the application. */
  | { do: "tell"; event: WormholeEvent };

export function to<N extends keyof Machines>(name: N, event: Machines[N]["event"]): To {
  return { do: "to", name, event } as To;
}

export function transmit(command: Command): Effect {
  return { do: "transmit", command };
}

export function tell(event: WormholeEvent): Effect {
  return { do: "tell", event };
}
