import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { phaseKey, verifier } from "../../crypto/keys.ts";
import { decrypt } from "../../crypto/secretbox.ts";
import { type Effect, to } from "./effects.ts";
import type { Incoming } from "./order.ts";

export type State =
  | { at: "keyless" }
  /** We have a key. Nobody has proved to share it. */
  | { at: "unverified"; key: Uint8Array }
  | { at: "verified"; key: Uint8Array }
  | { at: "scared" };

export type Event = { on: "key"; key: Uint8Array } | ({ on: "message" } & Incoming);

/** Opens the peer's messages. The first that opens proves that the peer knows the code; one that does not ends it all. */
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
        to("boss", { on: "verified", verifier: verifier(key) }),
      ),
    ...unexpected("key"),
  },
  verified: {
    message: (state, message) => open(state.key, message, state),
    ...unexpected("key"),
  },
  scared: {
    ...stay("message"),
    ...unexpected("key"),
  },
});

function open(key: Uint8Array, { side, phase, body }: Incoming, next: State, ...first: Effect[]): Step<State, Effect> {
  const plaintext = decrypt(phaseKey(key, side, phase), body);
  if (!plaintext) return [{ at: "scared" }, to("boss", { on: "scared" })];
  return [next, ...first, to("boss", { on: "message", phase, plaintext })];
}
