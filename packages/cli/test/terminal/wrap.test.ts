/** Sentences that are broken between words. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnsOf } from "../../src/terminal/columns.ts";
import { wrap } from "../../src/terminal/wrap.ts";

describe("a line that is too wide", () => {
  it.each([
    ["is broken between words", "aaaa bbbb cccc dddd eeee", "aaaa bbbb cccc dddd\neeee"],
    ["is broken several times", "aaaa ".repeat(9).trim(), "aaaa aaaa aaaa aaaa\naaaa aaaa aaaa aaaa\naaaa"],
    ["keeps a word that is wider than a line", `go to ${"x".repeat(30)} now`, `go to\n${"x".repeat(30)}\nnow`],
    ["keeps the blank behind a question", "Do you really agree, yes or no? ", "Do you really agree,\nyes or no? "],
    ["keeps a quoted path together", "It is in '/a path/with blanks/f' now", "It is in\n'/a path/with blanks/f'\nnow"],
    ["breaks behind an apostrophe", "The peer's other side isn't there", "The peer's other\nside isn't there"],
    ["counts wide characters twice", "日本語日本 日本語 日本語", "日本語日本 日本語\n日本語"],
    [
      "counts colours as nothing",
      "\u001b[31mERROR:\u001b[39m it went wrong",
      "\u001b[31mERROR:\u001b[39m it went wrong",
    ],
    ["is left alone if it is indented", "  one two three four five six", "  one two three four five six"],
    [
      "is left alone if it is a command",
      "wormhole receive 7-guitarist-revenge",
      "wormhole receive 7-guitarist-revenge",
    ],
  ])("%s", (_, text, expected) => expect(wrap(text, 20)).toBe(expected));

  it("is broken although others are not", () => {
    expect(wrap("short\n\naaaa bbbb cccc dddd eeee\n", 20)).toBe("short\n\naaaa bbbb cccc dddd\neeee\n");
  });

  it("is left to a terminal that is too narrow for words", () => {
    expect(wrap("one two three four", 8)).toBe("one two three four");
  });
});

it("nothing is lost, and only lines of one word are too wide", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,25}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 20, max: 80 }), (parts, columns) => {
      const wrapped = wrap(parts.join(" "), columns);
      expect(wrapped.split(/[ \n]/).join(" ")).toBe(parts.join(" "));
      if (parts[0] === "wormhole") return;
      for (const line of wrapped.split("\n")) {
        if (line.includes(" ")) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
      }
    }),
  );
});
