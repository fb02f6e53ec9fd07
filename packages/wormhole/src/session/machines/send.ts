/** Encrypts our messages. */
import { type Draws, machine, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import { anyBytes, bytes, count, fields, list, optional, text, variants } from "../../base/shape.ts";
import { KEY_LENGTH, phaseKey } from "../../crypto/keys.ts";
import { encrypt, NONCE_LENGTH } from "../../crypto/secretbox.ts";
import { onWire } from "../limits.ts";
import { type Effect, to } from "./effects.ts";

/** A message to the peer that is not encrypted yet. */
export interface PlainMessage {
  readonly phase: string;
  readonly plaintext: Uint8Array;
}

interface Common {
  side: string;
  /** The bytes of all messages so far, as they are on the wire. */
  bytes?: number;
}

export type State =
  /** The peer has not proved that it has the code. */
  ({ at: "holding"; held: PlainMessage[] } & Common) | ({ at: "verified"; key: Uint8Array } & Common);

export type Event = ({ on: "send" } & PlainMessage) | { on: "verified"; key: Uint8Array };

const held = list(fields<PlainMessage>({ phase: text, plaintext: anyBytes }));
export const shape = variants<State>({
  holding: { side: text, bytes: optional(count), held },
  verified: { side: text, bytes: optional(count), key: bytes(KEY_LENGTH) },
});

/** Holds messages until the peer has proved that it has the code, then encrypts each message once. */
export const send = machine<State, Event, Effect, Unexpected, Draws>({
  holding: {
    send: (state, { phase, plaintext }) => [
      { ...counted(state, plaintext), held: [...state.held, { phase, plaintext }] },
    ],
    verified: ({ held, ...common }, { key }, random) => [
      { ...common, at: "verified", key },
      ...held.map((outbound) => seal(key, common.side, outbound, random)),
    ],
  },
  verified: {
    send: (state, outbound, random) => [
      counted(state, outbound.plaintext),
      seal(state.key, state.side, outbound, random),
    ],
    ...unexpected("verified"),
  },
});

function counted<S extends State>(state: S, plaintext: Uint8Array): S {
  return { ...state, bytes: (state.bytes ?? 0) + onWire(plaintext.length) };
}

function seal(key: Uint8Array, side: string, { phase, plaintext }: PlainMessage, random: Random): Effect {
  const body = encrypt(phaseKey(key, side, phase), random(NONCE_LENGTH), plaintext);
  return to("mailbox", { on: "add", phase, body });
}
