/**
 * The first line of a client: `please relay TOKEN for side SIDE`, or from old clients `please relay TOKEN`
 * (transit.md of magic-wormhole-protocols). The readers here are pure: they turn bytes into a verdict.
 */
import { HANDSHAKE_BYTES } from "./limits.ts";

/** The meaning of a client's first bytes. */
export type Verdict =
  /** A handshake, and nothing after it. Old clients name no side. */
  | { readonly on: "line"; readonly token: string; readonly side: string | undefined }
  /** Not a handshake. */
  | { readonly on: "bad" }
  /** Too many bytes without a line feed: no handshake can follow. */
  | { readonly on: "overlong" }
  /** Bytes after the handshake, before the relay has sent `ok`. */
  | { readonly on: "early" };

/**
 * Takes the chunks of one client in turn. Returns a verdict on all so far, or `undefined` while the line is incomplete.
 */
export type HandshakeReader = (chunk: Uint8Array) => Verdict | undefined;

// Word characters, not only the hex digits that today's clients send, because the reference relay accepts them.
const HANDSHAKE = /^please relay (\w{64})(?: for side (\w{16}))?$/;
const LINE_FEED = 10;
const latin1 = new TextDecoder("latin1");

/** The verdict on all that a byte stream has brought so far, or `undefined` while the line is incomplete. */
export function parseStream(bytes: Uint8Array): Verdict | undefined {
  const end = bytes.indexOf(LINE_FEED);
  if (end === -1) return bytes.length < HANDSHAKE_BYTES ? undefined : { on: "overlong" };
  const verdict = parseLine(bytes.subarray(0, end));
  return verdict.on === "line" && bytes.length > end + 1 ? { on: "early" } : verdict;
}

/** The verdict on the first message of a WebSocket. It must be the handshake alone, with or without a line feed. */
export function parseMessage(bytes: Uint8Array): Verdict {
  return parseLine(bytes.at(-1) === LINE_FEED ? bytes.subarray(0, -1) : bytes);
}

function parseLine(line: Uint8Array): Verdict {
  if (line.length >= HANDSHAKE_BYTES) return { on: "bad" };
  const [, token, side] = HANDSHAKE.exec(latin1.decode(line)) ?? [];
  return token === undefined ? { on: "bad" } : { on: "line", token, side };
}

/** Makes a reader for a byte stream, which may be cut into chunks anywhere. */
export function streamHandshakeReader(): HandshakeReader {
  let seen = new Uint8Array(0);
  let complete = false;
  return (chunk) => {
    if (complete) return { on: "early" };
    seen = joined(seen, chunk);
    const verdict = parseStream(seen);
    complete = verdict !== undefined;
    return verdict;
  };
}

/** Makes a reader for messages. The first one is the handshake; any other one is early. */
export function messageHandshakeReader(): HandshakeReader {
  let complete = false;
  return (message) => {
    if (complete) return { on: "early" };
    complete = true;
    return parseMessage(message);
  };
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}
