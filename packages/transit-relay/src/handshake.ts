/**
 * What a client says first: `please relay TOKEN for side SIDE`, or from old clients `please relay TOKEN`
 * (transit.md of magic-wormhole-protocols). Pure: bytes in, a verdict out.
 */
import { HANDSHAKE_BYTES } from "./limits.ts";

/** What the first bytes of a client amount to. */
export type Verdict =
  /** A handshake, and nothing after it. Old clients name no side. */
  | { readonly on: "line"; readonly token: string; readonly side: string | undefined }
  /** Not a handshake. */
  | { readonly on: "bad" }
  /** So many bytes without an end of line that no handshake can follow. */
  | { readonly on: "overlong" }
  /** Bytes after the handshake, where the client was to wait for `ok`. */
  | { readonly on: "early" };

/** Takes each chunk as it comes and gives a verdict on all so far, or `undefined` as long as more is needed. */
export type Listen = (chunk: Uint8Array) => Verdict | undefined;

// Word characters, not only the hex digits that today's clients send: so the reference relay reads them.
const HANDSHAKE = /^please relay (\w{64})(?: for side (\w{16}))?$/;
const LINE_FEED = 10;
const latin1 = new TextDecoder("latin1");

/** The verdict on all that a byte stream has brought so far, or `undefined` as long as the line has no end. */
export function judgeStream(bytes: Uint8Array): Verdict | undefined {
  const end = bytes.indexOf(LINE_FEED);
  if (end === -1) return bytes.length < HANDSHAKE_BYTES ? undefined : { on: "overlong" };
  const verdict = judgeLine(bytes.subarray(0, end));
  return verdict.on === "line" && bytes.length > end + 1 ? { on: "early" } : verdict;
}

/** The verdict on the first message of a WebSocket, which must be the handshake alone, with or without a line feed. */
export function judgeMessage(bytes: Uint8Array): Verdict {
  return judgeLine(bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes);
}

function judgeLine(line: Uint8Array): Verdict {
  if (line.length >= HANDSHAKE_BYTES) return { on: "bad" };
  const [, token, side] = HANDSHAKE.exec(latin1.decode(line)) ?? [];
  return token === undefined ? { on: "bad" } : { on: "line", token, side };
}

/** Listens to a byte stream, however it is cut into chunks. */
export function listenToStream(): Listen {
  let seen = new Uint8Array(0);
  let judged = false;
  return (chunk) => {
    if (judged) return { on: "early" };
    seen = joined(seen, chunk);
    const verdict = judgeStream(seen);
    judged = verdict !== undefined;
    return verdict;
  };
}

/** Listens to messages: the first one is the handshake, and any other comes too early. */
export function listenToMessages(): Listen {
  let judged = false;
  return (message) => {
    if (judged) return { on: "early" };
    judged = true;
    return judgeMessage(message);
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
