/** Messages that each side numbers from 0: the application's, and the control messages of dilation. */
import { anyBytes, count, record } from "../../base/shape.ts";
import { MAX_HELD_BYTES, MAX_HELD_MESSAGES } from "../limits.ts";

/** Both directions of one series. */
export interface Series {
  /** The number of our next message. */
  nextSend: number;
  /** The number of the peer's next message. */
  nextReceive: number;
  /** The peer's messages that arrived too early, by their numbers. */
  held: { [number: string]: Uint8Array };
}

/** The shapes of the fields of a {@link Series} in a saved state. */
export const seriesShape = { nextSend: count, nextReceive: count, held: record(anyBytes) };

/** A series before its first message. */
export const NEW_SERIES: Series = { nextSend: 0, nextReceive: 0, held: {} };

/** Adds a message that waits for its turn. Returns `undefined` if a limit in number or bytes would be exceeded. */
export function hold({ nextSend, nextReceive, held }: Series, number: number, body: Uint8Array): Series | undefined {
  const more: Series["held"] = { ...held, [number]: body };
  const bodies = Object.values(more);
  const bytes = bodies.reduce((sum, { length }) => sum + length, 0);
  const tooMuch = bodies.length > MAX_HELD_MESSAGES || bytes > MAX_HELD_BYTES;
  return tooMuch ? undefined : { nextSend, nextReceive, held: more };
}

/** Returns the messages whose turn has come, in order, and the series without them. */
export function takeReady({ nextSend, nextReceive, held }: Series): [Series, Uint8Array[]] {
  const bodies: Uint8Array[] = [];
  const left = { ...held };
  let next = nextReceive;
  for (let body = left[next]; body; body = left[++next]) {
    delete left[next];
    bodies.push(body);
  }
  return [{ nextSend, nextReceive: next, held: left }, bodies];
}
