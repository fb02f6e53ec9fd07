/** The first line of a client. */
import { describe, expect, it } from "vitest";
import {
  messageHandshakeReader,
  parseMessage,
  parseStream,
  streamHandshakeReader,
  type Verdict,
} from "../src/handshake.ts";

const token = "0123456789abcdef".repeat(4);
const side = "fedcba9876543210";
const text = `please relay ${token} for side ${side}`;
const bytes = (latin1: string) => new Uint8Array(Buffer.from(latin1, "latin1"));
const good: Verdict = { on: "line", token, side };

describe("a byte stream", () => {
  it("has a verdict at the end of its first line", () => {
    expect(parseStream(bytes(text))).toBeUndefined();
    expect(parseStream(bytes(`${text}\n`))).toEqual(good);
  });

  it("may name no side", () => {
    expect(parseStream(bytes(`please relay ${token}\n`))).toEqual({ on: "line", token, side: undefined });
  });

  it("is early with any byte after the line", () => {
    expect(parseStream(bytes(`${text}\nx`))).toEqual({ on: "early" });
  });

  it.each([
    ["an empty line", "\n"],
    ["a carriage return", `${text}\r\n`],
    ["a blank before the line feed", `${text} \n`],
    ["two blanks", `please  relay ${token}\n`],
    ["capitals", `Please relay ${token}\n`],
    ["a short token", `please relay ${token.slice(1)}\n`],
    ["a long token", `please relay 0${token}\n`],
    ["an empty side", `please relay ${token} for side \n`],
    ["a long side", `please relay ${token} for side 0${side}\n`],
    ["letters beyond ASCII", `please relay ${token.slice(1)}\u00e9\n`],
    ["a line before the handshake", `\n${text}\n`],
    ["a bad line with bytes after it", `GET / HTTP/1.1\r\n${text}\n`],
    ["a line of 300 bytes", `${"p".repeat(300)}\n`],
  ])("is bad with %s", (_, line) => {
    expect(parseStream(bytes(line))).toEqual({ on: "bad" });
  });

  it("is overlong after 256 bytes without a line feed, and not before", () => {
    expect(parseStream(bytes("p".repeat(255)))).toBeUndefined();
    expect(parseStream(bytes("p".repeat(256)))).toEqual({ on: "overlong" });
  });

  it("may be cut into chunks anywhere", () => {
    for (let cut = 1; cut < text.length; cut++) {
      const read = streamHandshakeReader();
      expect(read(bytes(text.slice(0, cut)))).toBeUndefined();
      expect(read(bytes(`${text.slice(cut)}\n`))).toEqual(good);
    }
  });

  it("may arrive byte by byte", () => {
    const read = streamHandshakeReader();
    const verdicts = [...bytes(`${text}\n`)].map((byte) => read(Uint8Array.of(byte)));
    expect(verdicts.slice(0, -1).every((verdict) => verdict === undefined)).toBe(true);
    expect(verdicts.at(-1)).toEqual(good);
  });

  it("is early with another chunk after the line", () => {
    const read = streamHandshakeReader();
    read(bytes(`${text}\n`));
    expect(read(bytes("x"))).toEqual({ on: "early" });
  });
});

describe("a first message", () => {
  it("is the handshake, with or without a line feed", () => {
    expect(parseMessage(bytes(text))).toEqual(good);
    expect(parseMessage(bytes(`${text}\n`))).toEqual(good);
  });

  it.each([
    ["empty", ""],
    ["a part of the handshake", "please relay "],
    ["the handshake and more", `${text}\nx`],
    ["the handshake and two line feeds", `${text}\n\n`],
    ["a megabyte", "p".repeat(1_000_000)],
  ])("is bad if it is %s", (_, message) => {
    expect(parseMessage(bytes(message))).toEqual({ on: "bad" });
  });

  it("is the only one before ok", () => {
    const read = messageHandshakeReader();
    expect(read(bytes(text))).toEqual(good);
    expect(read(bytes(text))).toEqual({ on: "early" });
  });
});
