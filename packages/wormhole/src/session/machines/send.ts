/** Encrypts our messages. */
import { type Draws, machine, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import { anyBytes, bytes, fields, list, text, variants } from "../../base/shape.ts";
import { KEY_LENGTH, phaseKey } from "../../crypto/keys.ts";
import { encrypt, NONCE_LENGTH } from "../../crypto/secretbox.ts";
import { type Effect, to } from "./effects.ts";

/** A message to the peer that is not encrypted yet. */
export interface PlainMessage {
  readonly phase: string;
  readonly plaintext: Uint8Array;
}

export type State =
  /** The peer has not proved that it has the code. */
  { at: "holding"; side: string; held: PlainMessage[] } | { at: "verified"; side: string; key: Uint8Array };

export type Event = ({ on: "send" } & PlainMessage) | { on: "verified"; key: Uint8Array };

const held = list(fields<PlainMessage>({ phase: text, plaintext: anyBytes }));
export const shape = variants<State>({
  holding: { side: text, held },
  verified: { side: text, key: bytes(KEY_LENGTH) },
});

/** Holds messages until the peer has proved that it has the code, then encrypts each message once. */
export const send = machine<State, Event, Effect, Unexpected, Draws>({
  holding: {
    send: (state, { phase, plaintext }) => [{ ...state, held: [...state.held, { phase, plaintext }] }],
    verified: ({ side, held }, { key }, random) => [
      { at: "verified", side, key },
      ...held.map((outbound) => seal(key, side, outbound, random)),
    ],
  },
  verified: {
    send: (state, outbound, random) => [state, seal(state.key, state.side, outbound, random)],
    ...unexpected("verified"),
  },
});

function seal(key: Uint8Array, side: string, { phase, plaintext }: PlainMessage, random: Random): Effect {
  const body = encrypt(phaseKey(key, side, phase), random(NONCE_LENGTH), plaintext);
  return to("mailbox", { on: "add", phase, body });
}
