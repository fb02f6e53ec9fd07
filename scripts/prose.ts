/**
 * Checks the prose of the project: comments, messages, test titles and pages. `npm run prose` checks everything, and
 * `node scripts/prose.ts PATH…` a part. The rules are those of CONTRIBUTING.md.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** A line that breaks a rule. */
export interface Finding {
  readonly line: number;
  readonly rule: string;
  readonly text: string;
}

/** Words for people. Software is "it". */
const PERSON = /\b(?:who|whom|whoever|nobody|somebody|anybody|everybody|he|she|him|his|her)\b/gi;

/** Nouns for people, directly before "who". */
const OF_PEOPLE =
  /\b(?:person|people|programmers?|users?|someone|anyone|everyone|no one|attackers?|readers?|maintainers?|developers?|operators?|friends?|contributors?|humans?)(?:,| alone)? $/i;

/** "is none". A thing is missing, invalid or unused. */
const NONE = /\b(?:is|are|was|were|be) none\b(?! of)/g;

/** The most words in a sentence. */
const LONGEST_SENTENCE = 35;

/** All findings in a text. If `isPage`, the text is Markdown, with code between fences. */
export function check(text: string, isPage: boolean): Finding[] {
  const lines = (isPage ? withoutCode(text) : text).split("\n");
  const words = lines.flatMap((line, index) => [
    ...matches(line, PERSON).flatMap(({ at, word }) =>
      OF_PEOPLE.test(line.slice(0, at))
        ? []
        : [{ line: index + 1, rule: `"${word}" is for people`, text: line.trim() }],
    ),
    ...matches(line, NONE).map(() => ({
      line: index + 1,
      rule: '"is none": say missing, invalid or unused',
      text: line.trim(),
    })),
  ]);
  const blocks = isPage ? paragraphs(lines) : comments(text);
  return [...words, ...blocks.flatMap(longSentences)];
}

function matches(line: string, pattern: RegExp): { at: number; word: string }[] {
  return [...line.matchAll(pattern)].map(({ index, 0: word }) => ({ at: index, word }));
}

/** Blanks code in fences and spans, so that lines keep their numbers. */
function withoutCode(text: string): string {
  const blank = (code: string) => code.replace(/[^\n]/g, " ");
  return text
    .replace(/^(```|~~~)[\s\S]*?^\1/gm, blank)
    .replace(/^ {4,}.*$/gm, blank)
    .replace(/`[^`\n]*`/g, "code");
}

interface Block {
  readonly line: number;
  readonly text: string;
}

function paragraphs(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let start = 0;
  lines.forEach((line, index) => {
    const isLast = index + 1 === lines.length;
    if (line.trim() !== "" && !/^(?:[|#>-]|\d+\.|\s+[-*])/.test(lines[index + 1] ?? "") && !isLast) return;
    blocks.push({ line: start + 1, text: lines.slice(start, index + 1).join(" ") });
    start = index + 1;
  });
  return blocks.filter(({ text }) => !text.trimStart().startsWith("|"));
}

/** The paragraphs of docstrings. A tag such as `@param` begins a paragraph of its own. */
function comments(text: string): Block[] {
  return [...text.matchAll(/^[ \t]*\/\*\*([\s\S]*?)\*\//gm)].flatMap(({ index, 1: body = "" }) => {
    const line = text.slice(0, index).split("\n").length;
    return body
      .replace(/^\s*\* ?/gm, "")
      .split(/\n\s*\n|\n(?=\s*(?:@|-|\|))/)
      .map((part) => ({ line, text: part }));
  });
}

function longSentences({ line, text }: Block): Finding[] {
  return text.split(/[.!?](?:\s|$)/).flatMap((sentence) => {
    const count = sentence.split(/\s+/).filter((word) => /[a-z]/i.test(word)).length;
    if (count <= LONGEST_SENTENCE) return [];
    const start = sentence.trim().replace(/\s+/g, " ").slice(0, 60);
    return [{ line, rule: `a sentence of ${count} words (most: ${LONGEST_SENTENCE})`, text: `${start}…` }];
  });
}

/** Files with words that are not ours, or that are about these rules. */
const EXEMPT =
  /(?:^|\/)(?:vectors|node_modules|dist)\/|LICENSE|scripts\/prose|prose\.test|CONTRIBUTING\.md|wordlist\.ts/;

/** The files of the project that hold prose. */
export function proseFiles(places: readonly string[]): string[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...places], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.split("\n").filter((file) => /\.(?:ts|js|md|py)$/.test(file) && !EXEMPT.test(file));
  return files.filter((file) => existsSync(join(root, file))); // a removed file is listed until it is committed
}

function main(places: readonly string[]): number {
  let count = 0;
  for (const file of proseFiles(places)) {
    for (const { line, rule, text } of check(readFileSync(join(root, file), "utf8"), file.endsWith(".md"))) {
      console.log(`${file}:${line}: ${rule}\n    ${text}`);
      count++;
    }
  }
  if (count > 0) console.log(`\n${count} findings. The rules are in CONTRIBUTING.md.`);
  return count > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
