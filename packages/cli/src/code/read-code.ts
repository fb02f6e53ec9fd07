/**
 * Reads the code in a text that a person types or pastes. A code spends the one guess, so the reading says whether it is
 * certain:
 *
 * | The text is | Reading |
 * |---|---|
 * | a drawn code, whatever its separators, capitals, digits, punctuation, links and labels | that code |
 * | a drawn code with mistakes: letters, order, hyphens, its number twice, further words | asked, with proposals |
 * | words of which most are in the list, without any drawn code like them | asked where there is a person |
 * | a made-up code with closing punctuation | asked, with the code before the punctuation |
 * | any other made-up code | as it is; only what cannot be part of a code is removed |
 */
import { KeyFormatError, ZERO_CODE } from "@wormhole-ts/wormhole";
import { type CodeUri, isCodeUri, linkIn, parseCodeUri } from "./code-uri.ts";
import { asciiDigits, findDrawn, plainNumber, tokensOf, withoutInvisible } from "./drawn-code.ts";
import { respell, seemDrawn } from "./spelling.ts";
import { areDrawn } from "./word-list.ts";

/** A code that was read from a text, and the further fields of a URI. */
export interface ReadCode extends CodeUri {
  /** False: the person should be asked before the code is used. */
  readonly isCertain: boolean;
  /** The codes that may be meant instead, the likeliest first. Empty if the code is certain. */
  readonly proposals: readonly string[];
}

type Reading = Pick<ReadCode, "code" | "isCertain" | "proposals">;

/** The hyphens and dashes that word processors and chats put in place of a plain hyphen. */
const HYPHENS = "\\-\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d";
const SEPARATOR = new RegExp(`(?:\\s*[${HYPHENS}])+\\s*|\\s+`, "gu");
/** Characters that stand for a hyphen if the first of them follows the number, where only a hyphen is possible. */
const OTHER_SEPARATORS = /[_.+/~,:;|·•=*]+/gu;
/** What terminals take for colours and bold letters. It is copied from a recorded screen, with or without its first character. */
const STYLE = /\u001b?\[\d{1,2}(?:;\d{1,3})*m/gu;
/** The beginning of a whole command, copied from the other side's screen. */
const COMMAND = /^(?:[$>#]\s+)?(?:\S*\/)?wormhole(?:-\w+)?\s+(?=\S)/i;
const QUOTES = /^(["'`“‘])(.*)["'`”’]$/su;
/** A label such as `code:` and the punctuation that opens what follows. A code begins with its number instead. */
const OPENING = /^(?:[\p{L}\s]+[:=])?[\p{P}\p{S}\s]*(?=\p{Nd})/u;
const CLOSING = /(?:%[0-9a-f]{2}|[\p{P}\p{Sm}\p{Sk}\s])+$/iu;

/**
 * Reads a text as a code. The result may still be an invalid code; the wormhole checks that.
 * @throws {KeyFormatError} if the text is an invalid URI, contains several codes, or stops in the middle of a code
 */
export function readCode(given: string): ReadCode {
  const text = given.replace(STYLE, "");
  const bare = unquote(withoutCommand(unquote(withoutInvisible(text).trim() === "" ? "" : text)));
  const uri = uriIn(bare);
  if (uri === undefined) return { role: "follower", ...read(bare) };
  return { ...uri, ...read(uri.code) };
}

function uriIn(text: string): CodeUri | undefined {
  const visible = withoutInvisible(text).trim();
  return isCodeUri(visible) ? parseCodeUri(visible) : linkIn(visible);
}

function read(text: string): Reading {
  if (text === ZERO_CODE) return certain(text);
  const tokens = tokensOf(text);
  return readDrawn(tokens, text) ?? readMistaken(tokens, text) ?? readMadeUp(text);
}

const certain = (code: string): Reading => ({ code, isCertain: true, proposals: [] });
const asked = (code: string, proposals: readonly string[]): Reading => ({ code, isCertain: false, proposals });

/** A text that contains exactly one drawn code, and behind it nothing. */
function readDrawn(tokens: readonly string[], text: string): Reading | undefined {
  const found = findDrawn(tokens);
  const codes = new Set(found.map(({ code }) => code));
  const [first] = found;
  if (first === undefined) return undefined;
  if (codes.size > 1) throw new KeyFormatError("There are several codes. Give one of them.");
  if (found.length > 1) return asked(text, [first.code]);
  if (first.behind.length > 0) return undefined;
  if (isCutShort(first.code, text)) {
    throw new KeyFormatError(`The word after ${first.code}- is missing. Give the whole code.`);
  }
  const hasOtherNumber = first.before.some((token) => /^\d+$/.test(token));
  return hasOtherNumber ? undefined : certain(first.code);
}

/** Tab adds a hyphen behind the first word, because nearly every code has a second one. */
function isCutShort(code: string, text: string): boolean {
  return code.split("-").length === 2 && new RegExp(`[${HYPHENS}]\\s*$`, "u").test(text);
}

/** A drawn code with mistakes in it. */
function readMistaken(tokens: readonly string[], text: string): Reading | undefined {
  const start = tokens.findIndex((token) => /^\d+$/.test(token));
  const [number, ...words] = start < 0 ? [] : tokens.slice(start);
  if (number === undefined || words.length === 0) return undefined;
  const proposals = proposalsFor(number, words);
  if (proposals.length === 0 && !seemDrawn(words)) return undefined;
  return asked(readMadeUp(text).code, proposals);
}

function proposalsFor(number: string, words: readonly string[]): string[] {
  const [first = "", ...rest] = words;
  if (/^\d+$/.test(first) && rest.length > 0) return numbersTwice(number, first, rest);
  const codes = respell(words).map((drawn) => [plainNumber(number), ...drawn].join("-"));
  if (codes.length > 0) return codes;
  // What stands behind a whole code belongs to something else, such as the name of a file.
  const [head] = findDrawn([number, ...words]);
  return head !== undefined && head.code.split("-").length > 2 ? [head.code] : [];
}

/** `7-7-guitarist-revenge`: the number was typed although Tab had filled it in. `1-2-…` may also be 12. */
function numbersTwice(number: string, second: string, words: readonly string[]): string[] {
  const drawn = areDrawn(words) ? [words] : respell(words);
  const numbers = plainNumber(number) === plainNumber(second) ? [number] : [second, number + second];
  return numbers.flatMap((one) => drawn.map((spelled) => [plainNumber(one), ...spelled].join("-")));
}

/** A code that a person made up. Its words are kept as they are. */
function readMadeUp(text: string): Reading {
  const trimmed = trimInvisible(text);
  const opening = OPENING.exec(trimmed)?.[0] ?? "";
  const opened = trimmed.slice(opening.length);
  const [, digits = "", rest = ""] = /^(\p{Nd}+)(.*)$/su.exec(opened) ?? [];
  if (digits === "") return certain(hyphenated(trimmed));
  const hasOtherSeparator = new RegExp(`^${OTHER_SEPARATORS.source}`, "u").test(rest);
  const words = hasOtherSeparator ? rest.replace(OTHER_SEPARATORS, "-") : rest;
  const code = hyphenated(`${asciiDigits(digits)}${words}`);
  const closed = code.replace(CLOSING, "");
  const isHyphen = /^[-\s]*$/.test(code.slice(closed.length));
  if (isHyphen || (opening !== "" && closed.includes("-"))) return certain(/-./.test(closed) ? closed : code);
  return closed.includes("-") ? asked(code, [closed]) : certain(code);
}

function hyphenated(text: string): string {
  return text.trim().replace(SEPARATOR, "-");
}

function trimInvisible(text: string): string {
  const ends = /^(?:\s|[\p{Cf}\p{Cc}])+|(?:\s|[\p{Cf}\p{Cc}])+$/gu;
  return text.replace(ends, "");
}

function unquote(text: string): string {
  const trimmed = trimInvisible(text);
  return QUOTES.exec(trimmed)?.[2]?.trim() ?? trimmed;
}

/** Removes everything before the code or URI: the program, the sub-command and options. */
function withoutCommand(text: string): string {
  const command = COMMAND.exec(text);
  if (command === null) return text;
  const words = text.slice(command[0].length).split(/\s+/);
  const start = words.findIndex((word) => /^["'`]?\d/.test(word) || isCodeUri(word));
  return start < 0 ? text : words.slice(start).join(" ");
}
