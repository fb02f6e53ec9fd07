/**
 * The handshake on one candidate, from the first byte to the first record: transit.md of magic-wormhole-protocols,
 * "Handshake" and "Relay Handshake".
 *
 * At a relay, this side writes the relay's line and waits for `ok`. Then each side writes its handshake line, which proves
 * that it has the key, without waiting for the other. Then the sender writes `go` on one connection and `nevermind` on the
 * others.
 *
 * In each state, only one message may arrive. Its public part is compared byte by byte, and the first wrong byte ends the
 * handshake. Its secret part is collected and compared as a whole: if a wrong digit ended the handshake at once, a stranger
 * could find the secret digit by digit.
 */
import { equalBytes } from "@noble/ciphers/utils.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";

import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { TransitKeys, TransitRole } from "../keys.ts";

interface OurSide {
  readonly role: TransitRole;
  readonly keys: TransitKeys;
}

interface Waiting<At extends string> extends OurSide {
  readonly at: At;
  /** The part of the expected message that has arrived. */
  readonly got: Uint8Array;
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
  | {
      readonly do: "drop";
      readonly reason: string;
      /** Whether a complete greeting has arrived that only a program without the key sends. */
      readonly impostor?: true;
    };

type Expecting = Extract<HandshakeState, { got: Uint8Array }>;
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

/** Adds the bytes to the expected message, and continues with the bytes after it. */
function received(state: Expecting, { bytes }: { bytes: Uint8Array }): HandshakeStep {
  const { expected, open, wrong, after } = awaited(state);
  const missing = expected.length - state.got.length;
  const got = concatBytes(state.got, bytes.subarray(0, missing));
  for (let i = state.got.length; i < Math.min(got.length, open); i++) if (got[i] !== expected[i]) return drop(wrong);
  if (got.length < expected.length) return [{ ...state, got }];
  if (!equalBytes(got, expected)) return [{ at: "dropped" }, { do: "drop", reason: wrong, impostor: true }];
  return proceed(after(state), bytes.subarray(missing));
}

/** The message that is awaited in a state. */
interface Awaited {
  readonly expected: Uint8Array;
  /** The length of its public beginning, in which the first wrong byte ends the handshake. */
  readonly open: number;
  /** The reason to drop the connection if something else arrives. */
  readonly wrong: string;
  readonly after: (state: Expecting) => HandshakeStep;
}

function awaited(state: Expecting): Awaited {
  switch (state.at) {
    case "relay":
      return { expected: OK, open: OK.length, wrong: "the relay refused the connection", after: sendLine };
    case "peer": {
      const other = state.role === "sender" ? "receiver" : "sender";
      const expected = state.keys.handshake[other];
      const open = `transit ${other} `.length;
      return { expected, open, wrong: "another program answered", after: peerProved };
    }
    case "decision":
      return {
        expected: GO,
        open: GO.length,
        wrong: "the other side chose another connection",
        after: () => [{ at: "chosen" }],
      };
  }
}

/** Continues after a complete message. The next message may have arrived together with it. */
function proceed([state, ...effects]: HandshakeStep, rest: Uint8Array): HandshakeStep {
  if (state.at === "chosen") return [state, ...effects, { do: "chosen", rest }];
  if (rest.length === 0) return [state, ...effects];
  const [next, ...more] = "got" in state ? received(state, { bytes: rest }) : drop(OUT_OF_TURN);
  return [next, ...effects, ...more];
}

function askRelay({ role, keys }: OurSide, line: Uint8Array): HandshakeStep {
  return [{ at: "relay", role, keys, got: NOTHING }, write(line)];
}

/** Sends this side's line without waiting for the peer's. Otherwise, the Go program would wait forever. */
function sendLine({ role, keys }: OurSide): HandshakeStep {
  return [{ at: "peer", role, keys, got: NOTHING }, write(keys.handshake[role])];
}

function peerProved({ role, keys }: OurSide): HandshakeStep {
  return [role === "sender" ? { at: "ready" } : { at: "decision", role, keys, got: NOTHING }, { do: "ready" }];
}

function write(bytes: Uint8Array): HandshakeEffect {
  return { do: "write", bytes };
}

function drop(reason: string): HandshakeStep {
  return [{ at: "dropped" }, { do: "drop", reason }];
}
