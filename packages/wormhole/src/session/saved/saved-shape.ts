/** The shape of a whole saved wormhole. Each machine describes its own part; this file puts them together. */
import { fields, list, optional, text, truth } from "../../base/shape.ts";
import { wormholeEventShape } from "../events.ts";
import { shapes } from "../machines/machines.ts";
import type { Saved } from "../saved.ts";
import type { Session } from "../session.ts";

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
