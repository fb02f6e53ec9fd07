/**
 * The talk on one candidate connection, from its first byte to the first record, as transit.md of
 * magic-wormhole-protocols says it: our line to a relay, and its `ok`; then both sides prove that they have the key,
 * neither waiting for the other; then the sender says `go` on one connection and `nevermind` on the others.
 *
 * Only one thing may come at any time. What comes is compared with it byte by byte, so nothing is ever kept.
 */
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Role, TransitKeys } from "../keys.ts";

interface OurSide {
  readonly role: Role;
  readonly keys: TransitKeys;
}

interface Waiting<At extends string> extends OurSide {
  readonly at: At;
  /** How many bytes of what may come have come. */
  readonly matched: number;
}

export type HandshakeState =
  /** Nothing was sent yet. */
  | (OurSide & { readonly at: "closed"; readonly relayLine: Uint8Array | null })
  /** The relay has our line, and says `ok` when the other side has come too. */
  | Waiting<"relay">
  /** Our handshake is sent, and the other side's is to come. */
  | Waiting<"peer">
  /** Both sides have proved themselves; we are the sender, and decide. */
  | { readonly at: "ready" }
  /** Both sides have proved themselves; the sender decides, and tells us. */
  | Waiting<"word">
  /** This is the connection: records follow. */
  | { readonly at: "chosen" }
  | { readonly at: "dropped" };

export type HandshakeEvent =
  | { readonly on: "open" }
  | { readonly on: "bytes"; readonly bytes: Uint8Array }
  | { readonly on: "choose" }
  | { readonly on: "refuse" };

export type HandshakeEffect =
  | { readonly do: "write"; readonly bytes: Uint8Array }
  /** Both sides have proved themselves. */
  | { readonly do: "ready" }
  /** This is the connection. `rest` is what has come of the records: a view into the last bytes. */
  | { readonly do: "chosen"; readonly rest: Uint8Array }
  /** Hang up, after what was written. `reason` is for people. */
  | { readonly do: "drop"; readonly reason: string };

type Talking = Extract<HandshakeState, { matched: number }>;
type HandshakeStep = Step<HandshakeState, HandshakeEffect>;

const OK = utf8ToBytes("ok\n");
const GO = utf8ToBytes("go\n");
const NEVERMIND = utf8ToBytes("nevermind\n");
const NOTHING = new Uint8Array(0);

const NOT_NEEDED = "not needed any more";
const OUT_OF_TURN = "the other side did not wait for its turn";

/** The beginning of the talk; `relayLine` where the connection leads to a relay. */
export function begin(role: Role, keys: TransitKeys, relayLine: Uint8Array | null = null): HandshakeState {
  return { at: "closed", role, keys, relayLine };
}

export const handshake = machine<HandshakeState, HandshakeEvent, HandshakeEffect, Unexpected>({
  closed: {
    open: (state) => (state.relayLine === null ? greet(state) : askRelay(state, state.relayLine)),
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("bytes", "choose"),
  },
  relay: {
    bytes: received,
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("open", "choose"),
  },
  peer: {
    bytes: received,
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("open", "choose"),
  },
  ready: {
    bytes: () => drop(OUT_OF_TURN),
    choose: () => [{ at: "chosen" }, write(GO), { do: "chosen", rest: NOTHING }],
    refuse: () => [{ at: "dropped" }, write(NEVERMIND), { do: "drop", reason: NOT_NEEDED }],
    ...unexpected("open"),
  },
  word: {
    bytes: received,
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("open", "choose"),
  },
  chosen: stay("open", "bytes", "choose", "refuse"),
  dropped: stay("open", "bytes", "choose", "refuse"),
});

/** Compares what came with the one thing that may come, and goes on with what is left. */
function received(state: Talking, { bytes }: { bytes: Uint8Array }): HandshakeStep {
  const { expected, wrong, after } = awaited(state);
  const length = Math.min(expected.length - state.matched, bytes.length);
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== expected[state.matched + i]) return drop(wrong);
  }
  const matched = state.matched + length;
  return matched < expected.length ? [{ ...state, matched }] : goOn(after(state), bytes.subarray(length));
}

/** What may come in a state, what it means if it does not, and what follows if it does. */
function awaited(state: Talking): { expected: Uint8Array; wrong: string; after: (state: Talking) => HandshakeStep } {
  switch (state.at) {
    case "relay":
      return { expected: OK, wrong: "the relay did not let us in", after: greet };
    case "peer": {
      const other = state.role === "sender" ? "receiver" : "sender";
      return { expected: state.keys.handshake[other], wrong: "somebody else answered", after: meet };
    }
    case "word":
      return { expected: GO, wrong: "the other side chose another way", after: () => [{ at: "chosen" }] };
  }
}

/** The end of one part may have come together with the beginning of the next. */
function goOn([state, ...effects]: HandshakeStep, rest: Uint8Array): HandshakeStep {
  if (state.at === "chosen") return [state, ...effects, { do: "chosen", rest }];
  if (rest.length === 0) return [state, ...effects];
  const [next, ...more] = "matched" in state ? received(state, { bytes: rest }) : drop(OUT_OF_TURN);
  return [next, ...effects, ...more];
}

function askRelay({ role, keys }: OurSide, line: Uint8Array): HandshakeStep {
  return [{ at: "relay", role, keys, matched: 0 }, write(line)];
}

/** Neither side waits for the other's handshake before it writes its own: Go's program would then wait for ever. */
function greet({ role, keys }: OurSide): HandshakeStep {
  return [{ at: "peer", role, keys, matched: 0 }, write(keys.handshake[role])];
}

function meet({ role, keys }: OurSide): HandshakeStep {
  return [role === "sender" ? { at: "ready" } : { at: "word", role, keys, matched: 0 }, { do: "ready" }];
}

function write(bytes: Uint8Array): HandshakeEffect {
  return { do: "write", bytes };
}

function drop(reason: string): HandshakeStep {
  return [{ at: "dropped" }, { do: "drop", reason }];
}
