/** The whole state of a wormhole as it is saved and restored, and its shape, made from the shapes of the machines. */
import { fields, list, optional, text, truth } from "../../base/shape.ts";
import { type WormholeEvent, wormholeEventShape } from "../events.ts";
import { shapes } from "../machines/machines.ts";
import type { Session } from "../session.ts";

/** The whole state of a wormhole: its session, and the few values that its driver keeps. */
export interface Saved {
  readonly relayUrl: string;
  readonly session: Session;
  /** Events that the application has not seen yet. */
  readonly untold: readonly WormholeEvent[];
  /** Whether the wormhole was made with Tor. Then it must not be restored without Tor. */
  readonly tor?: true | undefined;
}

const savedShape = fields<Saved>({
  relayUrl: text,
  session: fields<Session>(shapes),
  untold: list(wormholeEventShape),
  tor: optional(truth),
});

/** Whether a value is the state of a whole wormhole, whose parts all have the same side. */
export function isSaved(value: unknown): value is Saved {
  return savedShape(value) && sides(value.session).size === 1;
}

function sides({ key, link, mailbox, send }: Session): Set<string> {
  return new Set([key, link, mailbox, send].flatMap((state) => ("side" in state ? [state.side] : [])));
}
