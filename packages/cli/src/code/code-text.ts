/** What people type or paste where a code is wanted, and the code that they mean. */
import { isLink, type Link, parseLink } from "./uri.ts";

/** The hyphens and dashes that word processors and chats put in place of a plain one. */
const HYPHENS = "\\-\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d";
const SEPARATOR = new RegExp(`\\s*[${HYPHENS}]\\s*|\\s+`, "gu");
/** A whole command line, copied from the other side's screen. */
const COMMAND = /^(?:[$>#]\s+)?(?:\S*\/)?wormhole(?:-\w+)?\s+(?=\S)/i;
const QUOTES = /^(["'`“‘])(.*)["'`”’]$/su;

/**
 * Finds the code in a text: blanks, smart hyphens, quotes, capitals, the whole command of the other side and links are
 * forgiven. What comes out may still be no code: the wormhole itself checks that.
 *
 * @param isWord tells the words that programs draw, in small letters. Only they are made small: somebody who makes up a
 * code may want capitals in it.
 * @throws {KeyFormatError} if it is a link, and a wrong one
 */
export function readCodeText(text: string, isWord: (word: string) => boolean): Link {
  const bare = unquote(withoutCommand(unquote(text)));
  if (isLink(bare)) return parseLink(bare);
  return { code: tidy(bare, isWord), role: "follower" };
}

function unquote(text: string): string {
  const trimmed = text.trim();
  return QUOTES.exec(trimmed)?.[2]?.trim() ?? trimmed;
}

/** Leaves out everything before the code or link: program, sub-command and options. */
function withoutCommand(text: string): string {
  const command = COMMAND.exec(text);
  if (command === null) return text;
  const words = text.slice(command[0].length).split(/\s+/);
  const start = words.findIndex((word) => /^["'`]?\d/.test(word) || isLink(word));
  return start < 0 ? text : words.slice(start).join(" ");
}

function tidy(text: string, isWord: (word: string) => boolean): string {
  const words = text.replace(SEPARATOR, "-").split("-");
  return words.map((word) => (isWord(word.toLowerCase()) ? word.toLowerCase() : word)).join("-");
}
