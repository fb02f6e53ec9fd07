/**
 * The effects of a session's machines: events for each other, commands for the server, and tasks of the driver.
 *
 * Machines address each other by name, so their types refer to each other in a circle: `effects.ts`, `machines.ts` and
 * every machine. It is a circle of types only.
 */

import type { SessionEffect, WormholeEvent } from "../events.ts";
import type { Command } from "../messages.ts";
import type { MachineName, Machines } from "./machines.ts";

/** An event for another machine. It is handled after the present transition, never inside it. */
export type To<N extends MachineName = MachineName> = {
  [K in N]: { do: "to"; name: K; event: Machines[K]["event"] };
}[N];

/** One effect of a transition. */
export type Effect =
  | To
  /** A command for the server. If the link is down it is dropped, and the machine repeats it at the next `linked`. */
  | { do: "transmit"; command: Command }
  /** A command that the server accepts before `bind`. */
  | { do: "introduce"; command: Command }
  | Exclude<SessionEffect, { do: "transmit" }>;

/** Makes an event for another machine. */
export function to<N extends MachineName>(name: N, event: Machines[N]["event"]): To<N> {
  return { do: "to", name, event };
}

/** Makes a command for the server. */
export function transmit(command: Command): Effect {
  return { do: "transmit", command };
}

/** Makes an event for the application. */
export function tell(event: WormholeEvent): Effect {
  return { do: "tell", event };
}
