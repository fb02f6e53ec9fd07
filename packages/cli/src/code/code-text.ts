/** Finds the code in the text that a person types or pastes. */
import { type CodeUri, isCodeUri, parseCodeUri } from "./code-uri.ts";

/** The hyphens and dashes that word processors and chats put in place of a plain hyphen. */
const HYPHENS = "\\-\\u2010-\\u2015\\u2212\\ufe58\\ufe63\\uff0d";
const SEPARATOR = new RegExp(`\\s*[${HYPHENS}]\\s*|\\s+`, "gu");
/** The beginning of a whole command, copied from the other side's screen. */
const COMMAND = /^(?:[$>#]\s+)?(?:\S*\/)?wormhole(?:-\w+)?\s+(?=\S)/i;
const QUOTES = /^(["'`“‘])(.*)["'`”’]$/su;

/**
 * Finds the code in a text. Blanks, typographic hyphens, quotes, capitals, URIs and the whole command of the other side
 * are accepted. The result may still be an invalid code; the wormhole checks that.
 *
 * @param isWord whether a word, in lower case, is one that programs choose. Only those are put in lower case: a code
 * that a person made up may contain capitals
 * @throws {KeyFormatError} if the text is an invalid code URI
 */
export function readCodeText(text: string, isWord: (word: string) => boolean): CodeUri {
  const bare = unquote(withoutCommand(unquote(text)));
  if (isCodeUri(bare)) return parseCodeUri(bare);
  return { code: tidy(bare, isWord), role: "follower" };
}

function unquote(text: string): string {
  const trimmed = text.trim();
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

function tidy(text: string, isWord: (word: string) => boolean): string {
  const words = text.replace(SEPARATOR, "-").split("-");
  return words.map((word) => (isWord(word.toLowerCase()) ? word.toLowerCase() : word)).join("-");
}
