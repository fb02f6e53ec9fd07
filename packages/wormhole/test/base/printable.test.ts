/** How `printable` makes untrusted text safe to show on a terminal. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hidesSomething } from "../../src/base/invisible.ts";
import { printable } from "../../src/base/printable.ts";

const anyText = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      "\u200d",
      "\u200c",
      "\ufe0f",
      "\u{1f468}",
      "\u{1f3fd}",
      "\u06cc",
      "\u0627",
      "\u094d",
      "\u{1f3f4}",
      "\u{e0061}",
      "\u{e007f}",
      "\u180b",
      "\u1820",
      "\u0915",
      "a",
    ),
  }),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary-ascii" }),
);

describe("printable", () => {
  it.each([
    ["plain text stays", "report (final).pdf", "report (final).pdf"],
    ["letters of every script stay", "naïve – Ωμέγα 日本 שלום 😀 ❤️", "naïve – Ωμέγα 日本 שלום 😀 ❤️"],
    ["backslashes stay", "C:\\x", "C:\\x"],
    ["an escape sequence is escaped", "\x1b]0;owned\x07", "\\x1b]0;owned\\x07"],
    ["a control character above ASCII is escaped", "\x9b31m", "\\x9b31m"],
    ["NUL and DEL are escaped", "\0\x7f", "\\x00\\x7f"],
    ["newlines and carriage returns are escaped", "a\nb\rc", "a\\nb\\rc"],
    ["tabs are escaped", "a\tb", "a\\x09b"],
    ["a direction override is escaped", "exe.\u202efdp", "exe.\\u{202e}fdp"],
    ["a direction isolate is escaped", "\u2066x\u2069", "\\u{2066}x\\u{2069}"],
    ["zero-width characters are escaped", "a\u200bb\ufeffc\u2060", "a\\u{200b}b\\u{feff}c\\u{2060}"],
    ["line separators are escaped", "a\u2028b\u2029c\x85d", "a\\u{2028}b\\u{2029}c\\x85d"],
    ["invisible tags are escaped", "a\u{e0041}", "a\\u{e0041}"],
    [
      "joined emoji stay",
      "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f3f3}\ufe0f\u200d\u{1f308}",
      "\u{1f468}\u200d\u{1f469}\u200d\u{1f467} \u{1f3f3}\ufe0f\u200d\u{1f308}",
    ],
    ["a skin tone may stand before a joiner", "\u{1f469}\u{1f3fd}\u200d\u{1f680}", "\u{1f469}\u{1f3fd}\u200d\u{1f680}"],
    [
      "Persian words stay",
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    ],
    ["Indian words stay", "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"],
    ["a joiner between Latin letters is escaped", "pay\u200dpal\u200c", "pay\\u{200d}pal\\u{200c}"],
    ["a joiner at an end is escaped", "\u200d\u{1f468}\u200d", "\\u{200d}\u{1f468}\\u{200d}"],
    ["two joiners are escaped", "\u{1f468}\u200d\u200d\u{1f469}", "\u{1f468}\\u{200d}\\u{200d}\u{1f469}"],
    ["Persian words whose writers add a joiner that changes nothing stay", "کار\u200cها", "کار\u200cها"],
    [
      "a word that ends with a virama and a joiner stays",
      "അവന\u0d4d\u200d ത\u09cd\u200d",
      "അവന\u0d4d\u200d ത\u09cd\u200d",
    ],
    ["a joiner before a virama stays", "\u0cb0\u200d\u0ccd\u0c95", "\u0cb0\u200d\u0ccd\u0c95"],
    ["a Mongolian letter keeps the sign of its form", "ᠮᠣᠩᠭᠣᠯ\u180e᠎ᠠ\u180b", "ᠮᠣᠩᠭᠣᠯ\u180e\\u{180e}ᠠ\u180b"],
    ["two joiners in a word are escaped", "م\u200c\u200cم", "م\\u{200c}\\u{200c}م"],
    ["a joiner between two scripts is escaped", "م\u200ca", "م\\u{200c}a"],
    [
      "letters and symbols that look blank are escaped",
      "a\u2800\u3164\u115f\uffa0",
      "a\\u{2800}\\u{3164}\\u{115f}\\u{ffa0}",
    ],
    ["a joiner of marks is escaped", "a\u034fb", "a\\u{34f}b"],
    ["variation selectors stay", "葛\u{e0100}1\ufe0f\u20e3", "葛\u{e0100}1\ufe0f\u20e3"],
    [
      "a variation selector that varies nothing is escaped",
      "a\ufe0fb葛\u{e0100}\u{e0101}",
      "a\\u{fe0f}b葛\u{e0100}\\u{e0101}",
    ],
    [
      "the flag of a region stays",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
      "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    ],
    ["a text behind a flag is escaped", "🏴\u{e0061}\u{e0062}", "🏴\\u{e0061}\\u{e0062}"],
    ["a lone surrogate is escaped", "a\ud800b", "a\\u{d800}b"],
  ])("%s", (_, text, shown) => expect(printable(text)).toBe(shown));

  it("a message of several lines keeps newlines and tabs, but no other control characters", () => {
    expect(printable("a\tb\nc\rd\n\x1b[2J", { multiline: true })).toBe("a\tb\nc\\rd\n\\x1b[2J");
  });

  it("lines of a text from Windows end as all others", () => {
    expect(printable("a\r\n\r\nb\r", { multiline: true })).toBe("a\n\nb\\r");
    expect(printable("a\r\nb")).toBe("a\\r\\nb");
  });

  it("a joiner is never the last character of a line that is cut", () => {
    expect(printable("ab\u{1f468}\u200d\u{1f469}", { width: 5 })).toBe("ab\u{1f468}…");
  });

  it("a long line is cut at 200 columns", () => {
    expect(printable("x".repeat(200))).toBe("x".repeat(200));
    expect(printable("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
  });

  it("wide characters count twice", () => {
    expect(printable("日本語", { width: 6 })).toBe("日本語");
    expect(printable("日本語", { width: 5 })).toBe("日本…");
    expect(printable("日本語", { width: 4 })).toBe("日…");
  });

  it("an escape is never cut in two", () => {
    expect(printable("ab\x1b\x1b", { width: 8 })).toBe("ab\\x1b…");
    expect(printable("ab\x1b\x1b", { width: 6 })).toBe("ab…");
  });

  it("a message of several lines is not cut, unless there is a width", () => {
    const long = "x".repeat(1000);
    expect(printable(`${long}\n${long}`, { multiline: true })).toBe(`${long}\n${long}`);
    expect(printable("abcdef\nab", { multiline: true, width: 4 })).toBe("abc…\nab");
  });

  it("no result contains characters that a terminal obeys or hides", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const joined = /(?<=\p{L}|\p{M}|\p{Extended_Pictographic}|\p{Emoji_Modifier})[\u200c\u200d]/gu;
        expect(
          printable(text)
            .replace(joined, "")
            .replace(/\u{e0061}|\u{e007f}|\u180b/gu, ""),
        ).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect([...printable(text)].length).toBeLessThanOrEqual(200);
      }),
    );
  });

  it("a text is shown as it is exactly if it hides nothing", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text, { width: Number.POSITIVE_INFINITY }) === text).toBe(!hidesSomething(text));
      }),
    );
  });

  it("a result that is passed in again does not change", () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), fc.integer({ min: 2, max: 40 }), (text, multiline, width) => {
        const once = printable(text, { multiline, width });
        expect(printable(once, { multiline, width })).toBe(once);
      }),
    );
  });
});
