/**
 * The talk on one candidate connection, up to the first record: our line to a relay, and its `ok`; then both sides name
 * their role at once; then the leader begins a Noise handshake, and the follower answers and confirms the key. The leader
 * confirms on one connection only: that is how it chooses.
 *
 * Only one thing may come at any time, and all things have a known length: what comes is compared or collected, and
 * never are more than 52 bytes kept.
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
import type { Role } from "../manager.ts";
import { decodeRecord, encodeKcm } from "./records.ts";

interface OurSide {
  readonly role: Role;
  /** The key of the dilation, which both sides share. */
  readonly psk: Uint8Array;
}

/** `got` is what has come of the one thing that may come. */
interface Waiting<At extends string> {
  readonly at: At;
  readonly got: Uint8Array;
}

export type DilationHandshakeState =
  /** Nothing was sent yet. */
  | (OurSide & { readonly at: "closed"; readonly relayLine: Uint8Array | null })
  /** The relay has our line, and says `ok` when the other side has come too. */
  | (OurSide & Waiting<"relay">)
  /** Our role is named, and the other side's is to come. */
  | (OurSide & Waiting<"prologue">)
  /** The leader has sent the first message of the Noise handshake. */
  | (Waiting<"answer"> & { readonly initiation: Initiation })
  /** The leader has the keys; the follower is to prove that it has them too. */
  | (Waiting<"confirmation"> & { readonly keys: NoiseKeys })
  /** The follower waits for the first message. */
  | (OurSide & Waiting<"invitation">)
  /** Both sides have proved themselves; we are the leader, and decide. */
  | { readonly at: "ready"; readonly keys: NoiseKeys }
  /** The follower has proved itself; the leader decides, and tells us. */
  | (Waiting<"word"> & { readonly keys: NoiseKeys })
  /** This is the connection: records follow, the second message of each direction first. */
  | { readonly at: "chosen"; readonly keys: NoiseKeys }
  | { readonly at: "dropped" };

type Talking = Extract<DilationHandshakeState, { got: Uint8Array }>;
type HandshakeStep = Step<DilationHandshakeState, HandshakeEffect>;

export const PROLOGUE: Readonly<Record<Role, Uint8Array>> = {
  leader: utf8ToBytes("Magic-Wormhole Dilation Handshake v1 Leader\n\n"),
  follower: utf8ToBytes("Magic-Wormhole Dilation Handshake v1 Follower\n\n"),
};
const OK = utf8ToBytes("ok\n");
const NOTHING = new Uint8Array(0);

/** Bytes of the frames that a handshake consists of. */
const NOISE_FRAME = LENGTH_BYTES + NOISE_MESSAGE;
const KCM_FRAME = LENGTH_BYTES + 1 + TAG_BYTES;

const NOT_NEEDED = "not needed any more";
const SOMEBODY_ELSE = "somebody else answered";
const OUT_OF_TURN = "the other side did not wait for its turn";

/** The beginning of the talk; `relayLine` where the connection leads to a relay. */
export function begin(role: Role, psk: Uint8Array, relayLine: Uint8Array | null = null): DilationHandshakeState {
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
  word: talking,
  chosen: stay("open", "bytes", "choose", "refuse"),
  dropped: stay("open", "bytes", "choose", "refuse"),
});

/** Collects what may come, and goes on with what is left. Lines are compared as they come. */
function received(state: Talking, { bytes }: { bytes: Uint8Array }, random: Random): HandshakeStep {
  const wanted = awaited(state);
  const missing = wanted.length - state.got.length;
  const got = concatBytes(state.got, bytes.subarray(0, missing));
  if (!wanted.begins(got)) return drop(wanted.wrong);
  if (got.length < wanted.length) return [{ ...state, got }];
  return goOn(wanted.follow(got, random), bytes.subarray(missing), random);
}

/** What may come in a state, what it means if it does not, and what follows if it does. */
interface Awaited {
  readonly length: number;
  readonly wrong: string;
  begins(got: Uint8Array): boolean;
  follow(got: Uint8Array, random: Random): HandshakeStep;
}

function awaited(state: Talking): Awaited {
  switch (state.at) {
    case "relay":
      return line(OK, "the relay did not let us in", () => greet(state));
    case "prologue":
      return line(PROLOGUE[state.role === "leader" ? "follower" : "leader"], SOMEBODY_ELSE, (random) =>
        meet(state, random),
      );
    case "answer":
      return frame(NOISE_FRAME, (message) => {
        const keys = conclude(state.initiation, message);
        return keys ? [{ at: "confirmation", got: NOTHING, keys }] : drop(SOMEBODY_ELSE);
      });
    case "confirmation":
      return frame(KCM_FRAME, (box) =>
        confirms(box, state.keys) ? [{ at: "ready", keys: state.keys }, { do: "ready" }] : drop(SOMEBODY_ELSE),
      );
    case "invitation":
      return frame(NOISE_FRAME, (message, random) => answer(state, message, random));
    case "word":
      return frame(KCM_FRAME, (box) =>
        confirms(box, state.keys) ? [{ at: "chosen", keys: state.keys }] : drop(SOMEBODY_ELSE),
      );
  }
}

/** A fixed line. The first wrong byte ends the talk. */
function line(expected: Uint8Array, wrong: string, follow: (random: Random) => HandshakeStep): Awaited {
  return {
    length: expected.length,
    wrong,
    begins: (got) => got.every((byte, i) => byte === expected[i]),
    follow: (_, random) => follow(random),
  };
}

/** A frame whose length is known: any other length ends the talk. */
function frame(length: number, follow: (content: Uint8Array, random: Random) => HandshakeStep): Awaited {
  const header = Uint8Array.of(0, 0, 0, length - LENGTH_BYTES);
  return {
    length,
    wrong: SOMEBODY_ELSE,
    begins: (got) => got.subarray(0, LENGTH_BYTES).every((byte, i) => byte === header[i]),
    follow: (got, random) => follow(got.subarray(LENGTH_BYTES), random),
  };
}

/** The end of one part may have come together with the beginning of the next. */
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

/** The other side has named its role: the leader begins. */
function meet({ role, psk }: OurSide, random: Random): HandshakeStep {
  if (role === "follower") return [{ at: "invitation", role, psk, got: NOTHING }];
  const { state: initiation, message } = initiate(psk, random(NOISE_ENTROPY));
  return [{ at: "answer", got: NOTHING, initiation }, write(framed(message))];
}

/** The follower's answer, and right behind it its confirmation. */
function answer({ psk }: OurSide, message: Uint8Array, random: Random): HandshakeStep {
  const response = respond(psk, message, random(NOISE_ENTROPY));
  if (!response) return drop(SOMEBODY_ELSE);
  const { keys } = response;
  const bytes = concatBytes(framed(response.message), confirmation(keys));
  return [{ at: "word", got: NOTHING, keys }, write(bytes), { do: "ready" }];
}

function framed(message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0, 0, 0, message.length), message);
}

/** A KCM record as the first message of its direction, framed. */
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
