/**
 * The handshake on one candidate, from the first byte to the first record: transit.md of magic-wormhole-protocols,
 * "Handshake" and "Relay Handshake".
 *
 * At a relay, this side writes the relay's line and waits for `ok`. Then each side writes its handshake line, which proves
 * that it has the key, without waiting for the other. Then the sender writes `go` on one connection and `nevermind` on the
 * others.
 *
 * In each state, only one message may arrive. Incoming bytes are compared with it one by one, so they are never collected.
 */
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { TransitKeys, TransitRole } from "../keys.ts";

interface OurSide {
  readonly role: TransitRole;
  readonly keys: TransitKeys;
}

interface Waiting<At extends string> extends OurSide {
  readonly at: At;
  /** How many bytes of the expected message have arrived. */
  readonly matched: number;
}

/** The states of a handshake. */
export type HandshakeState =
  /** Nothing has been sent yet. `relayLine` is null for a connection that does not lead to a relay. */
  | (OurSide & { readonly at: "closed"; readonly relayLine: Uint8Array | null })
  /** The relay has this side's line. It answers `ok` when the peer has arrived too. */
  | Waiting<"relay">
  /** This side's handshake line is sent. The peer's line has not arrived completely. */
  | Waiting<"peer">
  /** Both sides have proved that they have the key. This side is the sender and decides. */
  | { readonly at: "ready" }
  /** Both sides have proved that they have the key. This side is the receiver and waits for the sender's decision. */
  | Waiting<"decision">
  /** This connection is chosen. Records follow. */
  | { readonly at: "chosen" }
  /** The connection is closed, or is about to be. */
  | { readonly at: "dropped" };

/** The events of a handshake, which dilation shares. */
export type HandshakeEvent =
  /** The connection is open. */
  | { readonly on: "open" }
  /** Bytes arrived. */
  | { readonly on: "bytes"; readonly bytes: Uint8Array }
  /** The race of a sender chose this connection. */
  | { readonly on: "choose" }
  /** The race dropped this connection. */
  | { readonly on: "refuse" };

/** The effects of a handshake, which dilation shares. */
export type HandshakeEffect =
  /** Send these bytes. */
  | { readonly do: "write"; readonly bytes: Uint8Array }
  /** Both sides have proved that they have the key. */
  | { readonly do: "ready" }
  /** This connection is chosen. `rest` holds the bytes of records that have arrived: a view of the last `bytes`. */
  | { readonly do: "chosen"; readonly rest: Uint8Array }
  /** Close the connection once everything is written. `reason` is for people. */
  | { readonly do: "drop"; readonly reason: string };

type Expecting = Extract<HandshakeState, { matched: number }>;
type HandshakeStep = Step<HandshakeState, HandshakeEffect>;

const OK = utf8ToBytes("ok\n");
const GO = utf8ToBytes("go\n");
const NEVERMIND = utf8ToBytes("nevermind\n");
const NOTHING = new Uint8Array(0);

const NOT_NEEDED = "not needed any more";
const OUT_OF_TURN = "the other side sent data before the connection was chosen";

/** The state before the first message. `relayLine` is given if the connection leads to a relay. */
export function beginHandshake(
  role: TransitRole,
  keys: TransitKeys,
  relayLine: Uint8Array | null = null,
): HandshakeState {
  return { at: "closed", role, keys, relayLine };
}

/** Decides what to send on one candidate, and when its connection is ready, chosen or dropped. */
export const handshake = machine<HandshakeState, HandshakeEvent, HandshakeEffect, Unexpected>({
  closed: {
    open: (state) => (state.relayLine === null ? sendLine(state) : askRelay(state, state.relayLine)),
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
  decision: {
    bytes: received,
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("open", "choose"),
  },
  chosen: stay("open", "bytes", "choose", "refuse"),
  dropped: stay("open", "bytes", "choose", "refuse"),
});

/** Compares the bytes with the expected message, and continues with the bytes after it. */
function received(state: Expecting, { bytes }: { bytes: Uint8Array }): HandshakeStep {
  const { expected, wrong, after } = awaited(state);
  const length = Math.min(expected.length - state.matched, bytes.length);
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== expected[state.matched + i]) return drop(wrong);
  }
  const matched = state.matched + length;
  return matched < expected.length ? [{ ...state, matched }] : proceed(after(state), bytes.subarray(length));
}

/** The message that is expected in a state, the reason to drop the connection if other bytes arrive, and the next step. */
function awaited(state: Expecting): {
  expected: Uint8Array;
  wrong: string;
  after: (state: Expecting) => HandshakeStep;
} {
  switch (state.at) {
    case "relay":
      return { expected: OK, wrong: "the relay refused the connection", after: sendLine };
    case "peer": {
      const other = state.role === "sender" ? "receiver" : "sender";
      return { expected: state.keys.handshake[other], wrong: "another program answered", after: peerProved };
    }
    case "decision":
      return { expected: GO, wrong: "the other side chose another connection", after: () => [{ at: "chosen" }] };
  }
}

/** Continues after a complete message. The next message may have arrived together with it. */
function proceed([state, ...effects]: HandshakeStep, rest: Uint8Array): HandshakeStep {
  if (state.at === "chosen") return [state, ...effects, { do: "chosen", rest }];
  if (rest.length === 0) return [state, ...effects];
  const [next, ...more] = "matched" in state ? received(state, { bytes: rest }) : drop(OUT_OF_TURN);
  return [next, ...effects, ...more];
}

function askRelay({ role, keys }: OurSide, line: Uint8Array): HandshakeStep {
  return [{ at: "relay", role, keys, matched: 0 }, write(line)];
}

/** Sends this side's line without waiting for the peer's. Otherwise, the Go program would wait forever. */
function sendLine({ role, keys }: OurSide): HandshakeStep {
  return [{ at: "peer", role, keys, matched: 0 }, write(keys.handshake[role])];
}

function peerProved({ role, keys }: OurSide): HandshakeStep {
  return [role === "sender" ? { at: "ready" } : { at: "decision", role, keys, matched: 0 }, { do: "ready" }];
}

function write(bytes: Uint8Array): HandshakeEffect {
  return { do: "write", bytes };
}

function drop(reason: string): HandshakeStep {
  return [{ at: "dropped" }, { do: "drop", reason }];
}
