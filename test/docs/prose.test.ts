/** The rules of scripts/prose.ts: what they find, and what they leave alone. */
import { describe, expect, it } from "vitest";
import { check, proseFiles } from "../../scripts/prose.ts";

const rules = (text: string, isPage = false) => check(text, isPage).map(({ rule }) => rule);
const words = (count: number) => `${"word ".repeat(count).trim()}.`;

describe("words for people", () => {
  it.each([
    "// the server, who answers",
    "/** Whoever calls it twice. */",
    'it("is heard by nobody", () => {});',
    'throw new TypeError("somebody else is connected");',
    "// she waits",
  ])("are found in %s", (text) => {
    expect(rules(text)).toEqual([expect.stringMatching(/^"\w+" is for people$/i)]);
  });

  it.each(["// a person who waits", "// people who wait", "// an attacker who guesses", "// users, who read this"])(
    "may stand after a noun for people: %s",
    (text) => expect(rules(text)).toEqual([]),
  );

  it.each(["// the whole hertz", "const whois = 1;", "// there, then"])("are not parts of other words: %s", (text) => {
    expect(rules(text)).toEqual([]);
  });
});

it('"is none" is found, and "is none of" is not', () => {
  expect(rules("// if the option is none")).toHaveLength(1);
  expect(rules("// it is none of these")).toEqual([]);
});

describe("the length of a sentence", () => {
  it("is counted over the lines of a docstring", () => {
    const lines = Array.from({ length: 6 }, () => " * six more words in this line").join("\n");
    expect(rules(`/**\n${lines}\n */`)).toEqual(["a sentence of 36 words (most: 35)"]);
  });

  it("begins anew after a full stop, at a tag and at an item of a list", () => {
    const twenty = words(20);
    expect(rules(`/** ${twenty} ${twenty} */`)).toEqual([]);
    expect(rules(`/**\n * ${twenty.slice(0, -1)}\n * @returns ${twenty}\n */`)).toEqual([]);
    expect(rules(`- ${twenty.slice(0, -1)}\n- ${twenty.slice(0, -1)}\n`, true)).toEqual([]);
  });

  it("is limited in the paragraphs of a page, and not in its tables and code", () => {
    expect(rules(`${words(36)}\n`, true)).toHaveLength(1);
    expect(rules(`| ${words(36)} |\n`, true)).toEqual([]);
    expect(rules(`\`\`\`ts\n${words(36)}\n\`\`\`\n`, true)).toEqual([]);
  });

  it("is not measured where a string of code looks like a comment", () => {
    expect(rules(`const glob = "test/**"; ${words(40)} const other = "src/*/x";`)).toEqual([]);
  });
});

it("a finding has the number of its line", () => {
  expect(check("// good\n// the machine, who knows\n", false)).toEqual([
    { line: 2, rule: '"who" is for people', text: "// the machine, who knows" },
  ]);
});

it("code in a page is left alone", () => {
  expect(rules("Call `whoever()`.\n\n    somebody()\n\n```ts\nnobody();\n```\n", true)).toEqual([]);
});

it("sources, tests, scripts and pages are checked; vectors and the rules themselves are not", () => {
  const files = proseFiles([]);
  expect(files).toEqual(expect.arrayContaining(["README.md", "scripts/test.ts", "packages/wormhole/src/index.ts"]));
  expect(files.filter((file) => /vectors\/|CONTRIBUTING|scripts\/prose/.test(file))).toEqual([]);
});
