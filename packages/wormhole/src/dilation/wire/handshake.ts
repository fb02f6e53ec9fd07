/**
 * The handshake on one candidate connection, up to the first record. Through a relay, it begins with our line and the
 * relay's `ok`. Both sides send a prologue that names their role. Then the leader begins a Noise handshake, and the
 * follower answers and confirms the key. The leader confirms the key on one connection only, which chooses that connection.
 *
 * At any time, only one message may come, and its length is known. Therefore at most 52 bytes are collected.
 */
import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { type Draws, machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import { TAG_BYTES } from "../../crypto/bulk.ts";
import {
  conclude,
  type Initiation,
  initiate,
  NOISE_ENTROPY,
  NOISE_MESSAGE,
  type NoiseKeys,
  respond,
} from "../../crypto/noise.ts";
import { LENGTH_BYTES } from "../../transit/pipe/record-cutter.ts";
import type { HandshakeEffect, HandshakeEvent } from "../../transit/race/handshake.ts";
import { decodeRecord, encodeKcm } from "./records.ts";
import type { DilationRole } from "./role.ts";

interface OurSide {
  readonly role: DilationRole;
  /** The key of the dilation, 32 bytes, which both sides share. */
  readonly psk: Uint8Array;
}

/** `got` is the part that has come of the message that this state waits for. */
interface Waiting<At extends string> {
  readonly at: At;
  readonly got: Uint8Array;
}

export type DilationHandshakeState =
  /** Nothing has been sent. `relayLine` is null on a direct connection. */
  | (OurSide & { readonly at: "closed"; readonly relayLine: Uint8Array | null })
  /** Our line was sent. The relay sends `ok` when the peer has connected, too. */
  | (OurSide & Waiting<"relay">)
  /** Our prologue was sent, and the peer's is awaited. */
  | (OurSide & Waiting<"prologue">)
  /** The leader has sent the first message of the Noise handshake. */
  | (Waiting<"answer"> & { readonly initiation: Initiation })
  /** The leader has the keys; the follower must prove that it has them, too. */
  | (Waiting<"confirmation"> & { readonly keys: NoiseKeys })
  /** The follower waits for the first message of the Noise handshake. */
  | (OurSide & Waiting<"invitation">)
  /** The leader has received the follower's proof that it has the keys, and waits until the race decides. */
  | { readonly at: "ready"; readonly keys: NoiseKeys }
  /** The follower has sent its proof, and waits for the leader's confirmation, which would choose this connection. */
  | (Waiting<"choice"> & { readonly keys: NoiseKeys })
  /** This connection is in use. Records follow as the second message of each direction. */
  | { readonly at: "chosen"; readonly keys: NoiseKeys }
  /** The handshake has failed, or is not needed any more. */
  | { readonly at: "dropped" };

type Talking = Extract<DilationHandshakeState, { got: Uint8Array }>;
type HandshakeStep = Step<DilationHandshakeState, HandshakeEffect>;

/** The prologue of each role. */
export const PROLOGUE: Readonly<Record<DilationRole, Uint8Array>> = {
  leader: utf8ToBytes("Magic-Wormhole Dilation Handshake v1 Leader\n\n"),
  follower: utf8ToBytes("Magic-Wormhole Dilation Handshake v1 Follower\n\n"),
};
const OK = utf8ToBytes("ok\n");
const NOTHING = new Uint8Array(0);

/** Bytes of a frame around a Noise handshake message, and around a key confirmation. */
const NOISE_FRAME_BYTES = LENGTH_BYTES + NOISE_MESSAGE;
const KCM_FRAME_BYTES = LENGTH_BYTES + 1 + TAG_BYTES;

const NOT_NEEDED = "not needed any more";
const WRONG_PEER = "another program answered";
const OUT_OF_TURN = "the other side did not wait for its turn";

/** Returns the state at the beginning. `relayLine` is our line to a relay, if the connection leads to one. */
export function begin(
  role: DilationRole,
  psk: Uint8Array,
  relayLine: Uint8Array | null = null,
): DilationHandshakeState {
  return { at: "closed", role, psk, relayLine };
}

const talking = {
  bytes: received,
  refuse: () => drop(NOT_NEEDED),
  ...unexpected("open", "choose"),
} as const;

export const dilationHandshake = machine<DilationHandshakeState, HandshakeEvent, HandshakeEffect, Unexpected, Draws>({
  closed: {
    open: (state) => (state.relayLine === null ? greet(state) : askRelay(state, state.relayLine)),
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("bytes", "choose"),
  },
  relay: talking,
  prologue: talking,
  answer: talking,
  confirmation: talking,
  invitation: talking,
  ready: {
    bytes: () => drop(OUT_OF_TURN),
    choose: ({ keys }) => [{ at: "chosen", keys }, write(confirmation(keys)), { do: "chosen", rest: NOTHING }],
    refuse: () => drop(NOT_NEEDED),
    ...unexpected("open"),
  },
  choice: talking,
  chosen: stay("open", "bytes", "choose", "refuse"),
  dropped: stay("open", "bytes", "choose", "refuse"),
});

/** Collects the awaited message, compares it as it comes, and continues with the bytes after it. */
function received(state: Talking, { bytes }: { bytes: Uint8Array }, random: Random): HandshakeStep {
  const wanted = awaited(state);
  const missing = wanted.length - state.got.length;
  const got = concatBytes(state.got, bytes.subarray(0, missing));
  if (!wanted.begins(got)) return drop(wanted.wrong);
  if (got.length < wanted.length) return [{ ...state, got }];
  return goOn(wanted.follow(got, random), bytes.subarray(missing), random);
}

/** The message that a state waits for. */
interface Awaited {
  readonly length: number;
  /** The reason to drop the connection if something else comes. */
  readonly wrong: string;
  /** Whether the message may begin with these bytes. */
  begins(got: Uint8Array): boolean;
  /** The step to take when the message is complete. */
  follow(got: Uint8Array, random: Random): HandshakeStep;
}

function awaited(state: Talking): Awaited {
  switch (state.at) {
    case "relay":
      return line(OK, "the relay did not let us in", () => greet(state));
    case "prologue":
      return line(PROLOGUE[state.role === "leader" ? "follower" : "leader"], WRONG_PEER, (random) =>
        meet(state, random),
      );
    case "answer":
      return frame(NOISE_FRAME_BYTES, (message) => {
        const keys = conclude(state.initiation, message);
        return keys ? [{ at: "confirmation", got: NOTHING, keys }] : drop(WRONG_PEER);
      });
    case "confirmation":
      return frame(KCM_FRAME_BYTES, (box) =>
        confirms(box, state.keys) ? [{ at: "ready", keys: state.keys }, { do: "ready" }] : drop(WRONG_PEER),
      );
    case "invitation":
      return frame(NOISE_FRAME_BYTES, (message, random) => answer(state, message, random));
    case "choice":
      return frame(KCM_FRAME_BYTES, (box) =>
        confirms(box, state.keys) ? [{ at: "chosen", keys: state.keys }] : drop(WRONG_PEER),
      );
  }
}

/** Awaits a fixed line. The first wrong byte ends the handshake. */
function line(expected: Uint8Array, wrong: string, follow: (random: Random) => HandshakeStep): Awaited {
  return {
    length: expected.length,
    wrong,
    begins: (got) => got.every((byte, i) => byte === expected[i]),
    follow: (_, random) => follow(random),
  };
}

/** Awaits a frame of this length, including its length field. Any other length ends the handshake. */
function frame(length: number, follow: (content: Uint8Array, random: Random) => HandshakeStep): Awaited {
  const header = Uint8Array.of(0, 0, 0, length - LENGTH_BYTES);
  return {
    length,
    wrong: WRONG_PEER,
    begins: (got) => got.subarray(0, LENGTH_BYTES).every((byte, i) => byte === header[i]),
    follow: (got, random) => follow(got.subarray(LENGTH_BYTES), random),
  };
}

/** Continues with bytes that came together with the end of a message. */
function goOn([state, ...effects]: HandshakeStep, rest: Uint8Array, random: Random): HandshakeStep {
  if (state.at === "chosen") return [state, ...effects, { do: "chosen", rest }];
  if (rest.length === 0 || state.at === "dropped") return [state, ...effects];
  const [next, ...more] = "got" in state ? received(state, { bytes: rest }, random) : drop(OUT_OF_TURN);
  return [next, ...effects, ...more];
}

function askRelay({ role, psk }: OurSide, relayLine: Uint8Array): HandshakeStep {
  return [{ at: "relay", role, psk, got: NOTHING }, write(relayLine)];
}

function greet({ role, psk }: OurSide): HandshakeStep {
  return [{ at: "prologue", role, psk, got: NOTHING }, write(PROLOGUE[role])];
}

/** Continues after both prologues: the leader begins the Noise handshake. */
function meet({ role, psk }: OurSide, random: Random): HandshakeStep {
  if (role === "follower") return [{ at: "invitation", role, psk, got: NOTHING }];
  const { state: initiation, message } = initiate(psk, random(NOISE_ENTROPY));
  return [{ at: "answer", got: NOTHING, initiation }, write(framed(message))];
}

/** Sends the follower's answer together with its key confirmation. */
function answer({ psk }: OurSide, message: Uint8Array, random: Random): HandshakeStep {
  const response = respond(psk, message, random(NOISE_ENTROPY));
  if (!response) return drop(WRONG_PEER);
  const { keys } = response;
  const bytes = concatBytes(framed(response.message), confirmation(keys));
  return [{ at: "choice", got: NOTHING, keys }, write(bytes), { do: "ready" }];
}

function framed(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0, 0, 0, message.length), message);
}

/** Returns a framed KCM record: the first message of its direction. */
function confirmation({ send }: NoiseKeys): Uint8Array {
  return framed(chacha20poly1305(send, new Uint8Array(12)).encrypt(encodeKcm()));
}

function confirms(box: Uint8Array, { receive }: NoiseKeys): boolean {
  try {
    const record = chacha20poly1305(receive, new Uint8Array(12)).decrypt(box);
    return decodeRecord(record)?.type === "kcm";
  } catch {
    return false;
  }
}

function write(bytes: Uint8Array): HandshakeEffect {
  return { do: "write", bytes };
}

function drop(reason: string): HandshakeStep {
  return [{ at: "dropped" }, { do: "drop", reason }];
}
