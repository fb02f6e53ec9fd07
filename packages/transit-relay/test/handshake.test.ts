import { describe, expect, it } from "vitest";
import { judgeMessage, judgeStream, listenToMessages, listenToStream, type Verdict } from "../src/handshake.ts";

const token = "0123456789abcdef".repeat(4);
const side = "fedcba9876543210";
const text = `please relay ${token} for side ${side}`;
const bytes = (latin1: string) => new Uint8Array(Buffer.from(latin1, "latin1"));
const good: Verdict = { on: "line", token, side };

describe("a byte stream", () => {
  it("is judged at the end of its first line", () => {
    expect(judgeStream(bytes(text))).toBeUndefined();
    expect(judgeStream(bytes(`${text}\n`))).toEqual(good);
  });

  it("may name no side", () => {
    expect(judgeStream(bytes(`please relay ${token}\n`))).toEqual({ on: "line", token, side: undefined });
  });

  it("is early with any byte after the line", () => {
    expect(judgeStream(bytes(`${text}\nx`))).toEqual({ on: "early" });
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
    expect(judgeStream(bytes(line))).toEqual({ on: "bad" });
  });

  it("is overlong after 256 bytes without a line feed, and not before", () => {
    expect(judgeStream(bytes("p".repeat(255)))).toBeUndefined();
    expect(judgeStream(bytes("p".repeat(256)))).toEqual({ on: "overlong" });
  });

  it("may come in any pieces", () => {
    for (let cut = 1; cut < text.length; cut++) {
      const listen = listenToStream();
      expect(listen(bytes(text.slice(0, cut)))).toBeUndefined();
      expect(listen(bytes(`${text.slice(cut)}\n`))).toEqual(good);
    }
  });

  it("may come byte by byte", () => {
    const listen = listenToStream();
    const verdicts = [...bytes(`${text}\n`)].map((byte) => listen(Uint8Array.of(byte)));
    expect(verdicts.slice(0, -1).every((verdict) => verdict === undefined)).toBe(true);
    expect(verdicts.at(-1)).toEqual(good);
  });

  it("is early with the next chunk, too", () => {
    const listen = listenToStream();
    listen(bytes(`${text}\n`));
    expect(listen(bytes("x"))).toEqual({ on: "early" });
  });
});

describe("a first message", () => {
  it("is the handshake, with or without a line feed", () => {
    expect(judgeMessage(bytes(text))).toEqual(good);
    expect(judgeMessage(bytes(`${text}\n`))).toEqual(good);
  });

  it.each([
    ["empty", ""],
    ["a part of the handshake", "please relay "],
    ["the handshake and more", `${text}\nx`],
    ["the handshake and two line feeds", `${text}\n\n`],
    ["a megabyte", "p".repeat(1_000_000)],
  ])("is bad when it is %s", (_, message) => {
    expect(judgeMessage(bytes(message))).toEqual({ on: "bad" });
  });

  it("is the only one before ok", () => {
    const listen = listenToMessages();
    expect(listen(bytes(text))).toEqual(good);
    expect(listen(bytes(text))).toEqual({ on: "early" });
  });
});
