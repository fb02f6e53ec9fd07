/** Codes as people type and paste them. */
import { isCodeWord } from "@wormhole-ts/wormhole";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCodeText } from "../../src/code/code-text.ts";

const codeOf = (text: string) => readCodeText(text, isCodeWord).code;

describe("a text that contains a code", () => {
  it.each([
    "7-guitarist-revenge",
    "  7-guitarist-revenge\n",
    "7 guitarist revenge",
    "7 - guitarist - revenge",
    "7\u2013guitarist\u2014revenge",
    "7\u2011guitarist\u2011revenge",
    "7-Guitarist-Revenge",
    "7-GUITARIST-REVENGE",
    '"7-guitarist-revenge"',
    "`7-guitarist-revenge`",
    "\u201c7-guitarist-revenge\u201d",
    "wormhole receive 7-guitarist-revenge",
    "$ wormhole rx 7-guitarist-revenge",
    "wormhole receive --verify 7-guitarist-revenge",
    "/usr/bin/wormhole --relay-url ws://example.com/v1 receive 7-guitarist-revenge",
    "wormhole-rs receive 7-guitarist-revenge",
    "wormhole-william recv 7-guitarist-revenge",
    "`wormhole receive 7-guitarist-revenge`",
    'wormhole receive "7 guitarist revenge"',
    "wormhole-transfer:7-guitarist-revenge",
    "wormhole receive wormhole-transfer:7-guitarist-revenge",
  ])("%j means 7-guitarist-revenge", (text) => {
    expect(codeOf(text)).toBe("7-guitarist-revenge");
  });

  it.each(["0004-x", "7-MyOwnWord-revenge", "7-🙈-🙉", "12-a--b", "7-don't"])("%j is not changed", (text) => {
    expect(codeOf(text)).toBe(text);
  });

  it("a code URI keeps its server and its role", () => {
    const uri = "wormhole-transfer:4-a-b?rendezvous=ws%3A%2F%2Flocalhost%3A4000%2F&role=leader";
    expect(readCodeText(` ${uri} `, isCodeWord)).toEqual({
      code: "4-a-b",
      rendezvous: "ws://localhost:4000/",
      role: "leader",
    });
  });

  it.each(["", "   ", "wormhole", "wormhole receive", "-"])("%j does not become a code", (text) => {
    expect(codeOf(text)).not.toMatch(/^\d+-./);
  });
});

it("reading a code twice changes nothing more", () => {
  const words = fc.array(fc.constantFrom("guitarist", "Revenge", "Éclair", "x", ""), { minLength: 1, maxLength: 4 });
  const separator = fc.constantFrom("-", " ", " - ", "\u2014", "\t");
  fc.assert(
    fc.property(fc.nat(999), words, separator, (nameplate, rest, between) => {
      const once = codeOf([String(nameplate), ...rest].join(between));
      expect(codeOf(once)).toBe(once);
    }),
  );
});
