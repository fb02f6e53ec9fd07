/** Codes as people type and paste them: which are certain, which are asked about, and which are taken as they are. */
import { codeWordsAt } from "@wormhole-ts/wormhole";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCode } from "../../src/code/read-code.ts";

const CODE = "7-guitarist-revenge";

describe("a drawn code is certain", () => {
  it.each([
    CODE,
    "  7-guitarist-revenge\n",
    "7 guitarist revenge",
    "7 - guitarist - revenge",
    "7\tguitarist\u00a0revenge",
    "7\u2013guitarist\u2014revenge",
    "7\u2011guitarist\u2011revenge",
    "7-Guitarist-Revenge",
    "7-GUITARIST-REVENGE",
    '"7-guitarist-revenge"',
    "`7-guitarist-revenge`",
    "\u201c7-guitarist-revenge\u201d",
    "\u00ab 7-guitarist-revenge \u00bb",
    "wormhole receive 7-guitarist-revenge",
    "$ wormhole rx 7-guitarist-revenge",
    "wormhole receive --verify 7-guitarist-revenge",
    "/usr/bin/wormhole --relay-url ws://example.com/v1 receive 7-guitarist-revenge",
    "wormhole-rs receive 7-guitarist-revenge",
    "wormhole-william recv 7-guitarist-revenge",
    "`wormhole receive 7-guitarist-revenge`",
    'wormhole receive "7 guitarist revenge"',
    "wormhole-transfer:7-guitarist-revenge",
    "wormhole-transfer:7-guitarist-revenge.",
    "wormhole receive wormhole-transfer:7-guitarist-revenge",
    "wormhole:7-guitarist-revenge",
    // Closing punctuation, and other ends.
    ...[".", ",", "!", "?", "\u2026", ";", ")", "%20", "%2E", "/", "-", "--", "~", "\u3002", "'s".slice(0, 1)].map(
      (end) => CODE + end,
    ),
    // Characters that cannot be seen.
    `${CODE}\u200b`,
    `\ufeff${CODE}`,
    `\u200e${CODE}\u200f`,
    `\u2066${CODE}\u2069`,
    "7-guit\u00adarist-revenge",
    "7-guitarist\u2060-revenge",
    "\u001b[1m7-guitarist-revenge\u001b[22m",
    "[1;32m7-guitarist-revenge[0m",
    // Other separators.
    "7--guitarist--revenge",
    "7_guitarist_revenge",
    "7.guitarist.revenge",
    "7+guitarist+revenge",
    "7/guitarist/revenge",
    "7:guitarist:revenge",
    "7, guitarist, revenge",
    "7guitarist-revenge",
    "7%20guitarist%20revenge",
    // Brackets and marks.
    "(7-guitarist-revenge)",
    "<7-guitarist-revenge>",
    "[7-guitarist-revenge]",
    "*7-guitarist-revenge*",
    "__7-guitarist-revenge__",
    "#7-guitarist-revenge",
    "\u300c7-guitarist-revenge\u300d",
    // Labels and links.
    "code: 7-guitarist-revenge",
    "Code=7-guitarist-revenge",
    "Wormhole code is: 7-guitarist-revenge",
    "take 7-guitarist-revenge!",
    "https://example.com/#7-guitarist-revenge",
    "https://24.example.com:8443/receive?code=7-guitarist-revenge&x=1",
    "<https://example.com/a/#/7-guitarist-revenge>",
    "[code](https://example.com/#7-guitarist-revenge)",
    // Digits of other scripts and styles, and leading zeros.
    "\uff17-guitarist-revenge",
    "\u0667-guitarist-revenge",
    "\u096d-guitarist-revenge",
    "7\ufe0f\u20e3-guitarist-revenge",
    "\ud835\udfd5-guitarist-revenge",
    "07-guitarist-revenge",
    "\uff10\uff10\uff17-guitarist-revenge",
    "7-\uff47uitarist-revenge",
  ])("%j means 7-guitarist-revenge", (text) => {
    expect(readCode(text)).toMatchObject({ code: CODE, isCertain: true, proposals: [] });
  });

  it("as programs draw it, it is not changed: 10,000 codes of one to five words", () => {
    fc.assert(
      fc.property(drawnCode, (code) => {
        expect(readCode(code)).toEqual({ code, isCertain: true, proposals: [], role: "follower" });
      }),
      { numRuns: 10_000 },
    );
  });
});

/** A code as programs draw it. */
const drawnCode = fc
  .tuple(
    fc.integer({ min: 1, max: 9_999_999 }),
    fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 5 }),
  )
  .map(([number, bytes]) => [number, ...bytes.map((byte, position) => codeWordsAt(position)[byte])].join("-"));

describe("a drawn code with a mistake is asked about, with a proposal", () => {
  it.each([
    // Letters.
    "7-guitarist-revengee",
    "7-guitarist-revnge",
    "7-guitarist-revenfe",
    "7-guitarist-rveenge",
    "7-gitarist-revange",
    "7-guitarsit-revnege",
    "7-gu\u00edtarist-revenge",
    "7-guit4rist-revenge",
    // Order, hyphens and numbers.
    "7-revenge-guitarist",
    "7-revengee-guitarist",
    "7-guitaristrevenge",
    "7-guit-arist-revenge",
    "7-guitarist-rev enge",
    "7-guitari-strevenge",
    "7guitaristrevenge",
    "7xguitarist-revenge",
    "7-7-guitarist-revenge",
    "7-07-guitarist-revenge",
    // Beginnings of words, where Tab completes nothing.
    "7 guit reve",
    "7\tguit\treve",
    // Further words.
    "7-guitarist-revenge f.txt",
    "7-guitarist-revenge, thanks",
    "3 files: 7-guitarist-revenge",
    "7-guitarist-revenge 7-guitarist-revenge",
    "wormhole-transfer:7-guitarist-revengee",
    "https://example.com/#7-guitarist-revengee",
  ])("%j", (text) => {
    expect(readCode(text)).toMatchObject({ isCertain: false, proposals: [CODE] });
  });

  it.each([
    ["12-7-guitarist-revenge", [CODE, "127-guitarist-revenge"]],
    ["7-guitarist-antenna-revenge", ["7-guitarist-revenge-antenna"]],
    ["7-guitarist-revenge-antena", ["7-guitarist-revenge-antenna"]],
    ["7-guit", ["7-guitarist"]],
    // A hyphen in place of a letter: both words are one letter away.
    ["7-unify-orca-belowground-ups-ot", ["7-unify-orca-belowground-upset", "7-unify-orca-belowground-upshot"]],
  ])("%j may mean %j", (text, proposals) => {
    expect(readCode(text)).toMatchObject({ isCertain: false, proposals });
  });

  /** One slip of the finger at a place of a text. */
  const slips: readonly ((text: string, at: number, letter: string) => string)[] = [
    (text, at) => text.slice(0, at) + text.slice(at + 1),
    (text, at, letter) => text.slice(0, at) + letter + text.slice(at),
    (text, at, letter) => text.slice(0, at) + letter + text.slice(at + 1),
    (text, at) => text.slice(0, at) + (text[at + 1] ?? "") + (text[at] ?? "") + text.slice(at + 2),
  ];
  const letter = fc.constantFrom(..."abcdefghijklmnopqrstuvwxyz-");

  it("one slip behind its number never makes another code that is used unasked", () => {
    fc.assert(
      fc.property(drawnCode, fc.nat(), fc.constantFrom(...slips), letter, (code, place, slip, other) => {
        const start = code.indexOf("-") + 1;
        const typed = code.slice(0, start) + slip(code.slice(start), place % (code.length - start), other);
        const { code: read, isCertain, proposals } = readOrRefused(typed);
        if (isCertain) expect(read).toBe(code);
        else expect([...proposals, ...(proposals.length === 0 ? [code] : [])]).toContain(code);
      }),
      { numRuns: 300 },
    );
  });

  /** A code that cannot be complete is refused, which spends nothing. */
  function readOrRefused(text: string) {
    try {
      return readCode(text);
    } catch {
      return { code: "", isCertain: false, proposals: [] };
    }
  }
});

describe("words of which most are in the list are asked about, without a proposal", () => {
  it.each(["7-guitarist-xyz", "7-adroitness-guitarist", "7-guitarist-revenge-guitarist-xyzzy"])("%j", (text) => {
    expect(readCode(text)).toMatchObject({ code: text, isCertain: false });
  });
});

describe("a made-up code", () => {
  it.each([
    "0004-x",
    "7-MyOwnWord-secret",
    "7-my-own-secret",
    "4-purple-sausages",
    "78-top-secret",
    "7-correct-horse-battery-staple",
    "7-🙈-🙉",
    "7-\u{1f468}\u200d\u{1f469}",
    "7-don't",
    "7-p@ssw0rd",
    "7-a-b",
    "1-a",
    "7-\u65e5\u672c\u8a9e",
    "0-",
  ])("%j is not changed", (text) => {
    expect(readCode(text)).toMatchObject({ code: text, isCertain: true });
  });

  it.each([
    ["7--a", "7-a"],
    ["12-a--b", "12-a-b"],
    ["7-my-own-secret-", "7-my-own-secret"],
    ["(7-my-own-secret)", "7-my-own-secret"],
    ["code: 7-my-own-secret", "7-my-own-secret"],
    ["7_my_own_secret", "7-my-own-secret"],
    ["\uff17-my-own-secret", "7-my-own-secret"],
    ["\u200e7-my-own-secret\u200b", "7-my-own-secret"],
    ["https://example.com/#7-my-own-secret", "7-my-own-secret"],
  ])("%j can only mean %j", (text, code) => {
    expect(readCode(text)).toMatchObject({ code, isCertain: true });
  });

  it.each([
    ["7-my-own-secret.", "7-my-own-secret"],
    ["7-my-own-secret%20", "7-my-own-secret"],
    ["7-p@ss!", "7-p@ss"],
  ])("%j with closing punctuation is asked about", (text, proposal) => {
    expect(readCode(text)).toMatchObject({ code: text, isCertain: false, proposals: [proposal] });
  });
});

describe("a text that is not one code", () => {
  it.each(["", "   ", "\u200b", "wormhole", "wormhole receive", "-", "guitarist-revenge"])(
    "%j stays invalid",
    (text) => {
      expect(readCode(text).code).not.toMatch(/^\d+-./);
    },
  );

  it.each([
    ["7-guitarist-", /is missing/],
    ["7-guitarist-revenge or 8-guitarist-revenge", /several codes/],
  ])("%j is refused", (text, words) => {
    expect(() => readCode(text)).toThrow(words);
  });
});

it("a code URI keeps its server and its role", () => {
  const uri = "wormhole-transfer:4-a-b?rendezvous=ws%3A%2F%2Flocalhost%3A4000%2F&role=leader";
  expect(readCode(` ${uri} `)).toMatchObject({ code: "4-a-b", rendezvous: "ws://localhost:4000/", role: "leader" });
});

it("reading a code twice changes nothing more", () => {
  const words = fc.array(fc.constantFrom("guitarist", "Revenge", "Éclair", "x", ""), { minLength: 1, maxLength: 4 });
  const separator = fc.constantFrom("-", " ", " - ", "\u2014", "\t");
  const codeOf = (text: string): string => {
    try {
      return readCode(text).code;
    } catch {
      return text;
    }
  };
  fc.assert(
    fc.property(fc.nat(999), words, separator, (nameplate, rest, between) => {
      const once = codeOf([String(nameplate), ...rest].join(between));
      expect(codeOf(once)).toBe(once);
    }),
  );
});
