/** Codes as text: their words, completions and format. */
import { hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { KeyFormatError } from "../../src/errors.ts";
import { codeWordsAt, completeWords, drawWords, isCodeWord, parseCode } from "../../src/session/code-words.ts";
import { THREE_SYLLABLES, TWO_SYLLABLES } from "../../src/session/wordlist.ts";
import { vectors } from "../vectors.ts";

interface Words {
  words: { byte: string; even: string; odd: string }[];
  choose_words_example: { random_bytes_hex: string; code_words: string };
  completions: { prefix: string; num_words: number; completions: string[] }[];
  code_validation: { code: string; python: string }[];
}
const data = vectors<Words>("wordlist");

describe("the words of a code", () => {
  // proves: api/code-from-server
  it("are the PGP words", () => {
    expect(THREE_SYLLABLES).toEqual(data.words.map(({ odd }) => odd.toLowerCase()));
    expect(TWO_SYLLABLES).toEqual(data.words.map(({ even }) => even.toLowerCase()));
  });

  // proves: api/code-from-server
  it("are drawn from both lists in turn, a byte for each", () => {
    const { random_bytes_hex, code_words } = data.choose_words_example;
    expect(drawWords(hexToBytes(random_bytes_hex))).toBe(code_words);
  });

  it("alternate between the lists, by their position", () => {
    expect([0, 1, 2, 7].map(codeWordsAt)).toEqual([THREE_SYLLABLES, TWO_SYLLABLES, THREE_SYLLABLES, TWO_SYLLABLES]);
  });

  it("are distinguished from other words", () => {
    for (const word of [...THREE_SYLLABLES, ...TWO_SYLLABLES]) expect(isCodeWord(word), word).toBe(true);
    for (const word of ["", "Revenge", "guitarist-revenge", "word"]) expect(isCodeWord(word), word).toBe(false);
  });

  // proves: api/word-completions
  it("are completed for a code of two words by default", () => {
    expect(completeWords("pr")).toEqual(new Set(["processor-", "provincial-", "proximate-"]));
    const second = ["preclude", "prefer", "preshrunk", "printer", "prowler"].map((word) => `opulent-${word}`);
    expect(completeWords("opulent-pr")).toEqual(new Set(second));
    expect(completeWords("opulent-pr", 3)).toEqual(new Set(second.map((words) => `${words}-`)));
  });

  it.each(data.completions)(
    // proves: api/word-completions
    "complete '$prefix' in a code of $num_words words",
    ({ prefix, num_words, completions }) => {
      expect([...completeWords(prefix, num_words)].sort()).toEqual(completions);
    },
  );
});

describe("a valid code", () => {
  // The Python program accepts these. The first two have no words, so the key exchange would have no secret. The nameplates
  // of the others are not numbers, or are too long. The code 0- is valid: it is that of zero mode, without a secret.
  const refused = new Set(["4-", "4", "\u0664-a-b", "4\n-a", "9".repeat(41).concat("-a")]);

  it.each(data.code_validation)("$code", ({ code, python }) => {
    if (python.startsWith("valid") && !refused.has(code)) expect(parseCode(code).nameplate).toBe(code.split("-")[0]);
    else expect(() => parseCode(code)).toThrow(KeyFormatError);
  });

  // proves: api/set-code
  it.each(["7-guitarist-revenge", "0004-x", "7-🎸-é", "7--", "913-166532"])("may be %s", (code) => {
    const { nameplate, words } = parseCode(code);
    expect(`${nameplate}-${words}`).toBe(code);
  });

  // proves: api/bad-code
  it.each(["7-a\tb", "7-a\n", "7-a\u00a0b", "+4-a", "-a", "4.0-a"])("is not %j, and the error explains why", (code) => {
    expect(() => parseCode(code)).toThrow(/such as 7-guitarist-revenge|blanks/);
  });
});
