/** Decrypts messages from the peer. */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { bytes, variants } from "../../base/shape.ts";
import { KEY_LENGTH, phaseKey, verifier } from "../../crypto/keys.ts";
import { decrypt } from "../../crypto/secretbox.ts";
import { type Effect, to } from "./effects.ts";
import type { ReceivedMessage } from "./order.ts";

export type State =
  | { at: "keyless" }
  /** There is a key, but the peer has not yet proved that it has the same one. */
  | { at: "unverified"; key: Uint8Array }
  | { at: "verified"; key: Uint8Array }
  /** A message did not decrypt. All later messages are ignored. */
  | { at: "undecryptable" };

export type Event = { on: "key"; key: Uint8Array } | ({ on: "message" } & ReceivedMessage);

const withKey = { key: bytes(KEY_LENGTH) };
export const shape = variants<State>({ keyless: {}, unverified: withKey, verified: withKey, undecryptable: {} });

/** Decrypts messages. The first one proves that the peer has the code. If one does not decrypt, the wormhole ends. */
export const receive = machine<State, Event, Effect, Unexpected>({
  keyless: {
    key: (_, { key }) => [{ at: "unverified", key }],
    ...unexpected("message"),
  },
  unverified: {
    message: ({ key }, message) =>
      open(
        key,
        message,
        { at: "verified", key },
        to("send", { on: "verified", key }),
        to("outcome", { on: "verified" }),
        to("delivery", { on: "verified", verifier: verifier(key) }),
      ),
    ...unexpected("key"),
  },
  verified: {
    message: (state, message) => open(state.key, message, state),
    ...unexpected("key"),
  },
  undecryptable: {
    ...stay("message"),
    ...unexpected("key"),
  },
});

function open(
  key: Uint8Array,
  { side, phase, body }: ReceivedMessage,
  next: State,
  ...first: Effect[]
): Step<State, Effect> {
  const plaintext = decrypt(phaseKey(key, side, phase), body);
  if (!plaintext) return [{ at: "undecryptable" }, to("outcome", { on: "wrongPassword" })];
  return [next, ...first, to("delivery", { on: "message", phase, plaintext })];
}
