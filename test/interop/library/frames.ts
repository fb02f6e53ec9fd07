/** Cuts the bytes of one direction of a connection into WebSocket frames (RFC 6455). */

/** The head of the HTTP exchange, or one frame. */
export interface Piece {
  readonly raw: Buffer;
  /** The content of a text frame. */
  readonly text?: string;
}

const HEAD_END = "\r\n\r\n";
const FIN_TEXT = 0x81;

/** Cuts one direction of a connection. */
export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);
  #upgraded = false;

  /** Takes a chunk, and returns the pieces that it completes. */
  push(chunk: Buffer): Piece[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const pieces: Piece[] = [];
    for (let piece = this.#next(); piece; piece = this.#next()) pieces.push(piece);
    return pieces;
  }

  #next(): Piece | undefined {
    if (this.#upgraded) return this.#frame();
    const end = this.#rest.indexOf(HEAD_END);
    if (end < 0) return undefined;
    this.#upgraded = true;
    return { raw: this.#take(end + HEAD_END.length) };
  }

  #frame(): Piece | undefined {
    const head = this.#head();
    if (!head || this.#rest.length < head.length + head.payload) return undefined;
    const raw = this.#take(head.length + head.payload);
    if (raw[0] !== FIN_TEXT) return { raw };
    const payload = Buffer.from(raw.subarray(head.length));
    if (head.masked) unmask(payload, raw.subarray(head.length - 4, head.length));
    return { raw, text: payload.toString() };
  }

  /** The lengths of the frame header and of the payload, in bytes. */
  #head(): { length: number; payload: number; masked: boolean } | undefined {
    const [, second] = this.#rest;
    if (second === undefined) return undefined;
    const short = second & 0x7f;
    const extended = { 126: 2, 127: 8 }[short] ?? 0;
    const masked = second > 0x7f;
    const length = 2 + extended + (masked ? 4 : 0);
    if (this.#rest.length < length) return undefined;
    // No test sends four gigabytes, so the upper half of a 64-bit length is zero.
    const payload = extended === 2 ? this.#rest.readUInt16BE(2) : extended === 8 ? this.#rest.readUInt32BE(6) : short;
    return { length, payload, masked };
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (let index = 0; index < payload.length; index++) payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
}

/** A text frame as a server sends it. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = Buffer.from([FIN_TEXT, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  if (payload.length < 126) return Buffer.concat([Buffer.from([FIN_TEXT, payload.length]), payload]);
  if (payload.length < 65_536)
    return Buffer.concat([Buffer.from([FIN_TEXT, 126, payload.length >> 8, payload.length & 255]), payload]);
  head.writeUInt32BE(payload.length, 6);
  return Buffer.concat([head, payload]);
}
