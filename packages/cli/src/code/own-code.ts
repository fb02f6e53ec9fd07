/** The code of `--code` for `wormhole send`, and how easily a code is guessed. */
import { isCodeWord } from "@wormhole-ts/wormhole";
import type { TransferOptions } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import type { SendFlags, TransferFlags } from "../flags.ts";
import { UsageError } from "../usage-error.ts";
import { CodeReader } from "./code-reader.ts";
import { givenCode, isPiped } from "./given-code.ts";

/** Bits of the usual code: two words of a list of 256. */
const USUAL_BITS = 16;
const BITS_OF_LISTED_WORD = 8;
/** Bits of a word that a person chose: common words are guessed first. */
const MOST_BITS_OF_WORD = 12;
const BITS_OF_CHARACTER = Math.log2(26);

/**
 * Adds the code of `--code` or `--code-file`, which may be typed with blanks, or be the URI of a receiver that waits.
 * @throws {UsageError} if standard input is to give both the code and the text
 * @throws {KeyFormatError} if the code looks mistyped and is not confirmed
 */
export async function withOwnCode<O extends TransferOptions>(
  options: O,
  flags: SendFlags,
  context: Context,
): Promise<O> {
  const text = await ownCode(flags, context);
  if (text === undefined) {
    warnOfShortCode(flags, context);
    return options;
  }
  const source = await new CodeReader(flags, options, context, true).take(text);
  if (bitsOf(source.code) < USUAL_BITS) {
    context.output.say(
      "Warning: This code is easy to guess, so a stranger could receive what you send. Leave out --code for a safe one.",
    );
  }
  return { ...options, ...source };
}

/** Warns of a new code with a single word. */
export function warnOfShortCode({ codeLength }: TransferFlags, { output }: Pick<Context, "output">): void {
  if (codeLength === undefined || codeLength * BITS_OF_LISTED_WORD >= USUAL_BITS) return;
  output.say("Warning: One guess in 256 finds a code with a single word. Leave out --code-length for a safe one.");
}

async function ownCode(flags: SendFlags, context: Context): Promise<string | undefined> {
  if (!isPiped(flags)) return givenCode(flags, context);
  if (flags.text === "-") throw new UsageError("Standard input cannot give both the code and the text.");
  const given = await givenCode(flags, context);
  if (given !== undefined) return given;
  const typed = await context.questions.ask("Code to use: ", context.signal);
  context.signal.throwIfAborted();
  if (typed === undefined) throw new UsageError("There is no code: the input ended without one.");
  return typed;
}

/** The number of guesses that a code withstands, as a power of two, roughly. The number at its front is public. */
export function bitsOf(code: string): number {
  const words = code.split("-").slice(1);
  return words.reduce((bits, word) => bits + bitsOfWord(word), 0);
}

function bitsOfWord(word: string): number {
  if (isCodeWord(word.toLowerCase())) return BITS_OF_LISTED_WORD;
  const isCommon = /^(?:\p{L}+|\p{N}+)$/u.test(word);
  const bits = new Set(word).size * BITS_OF_CHARACTER;
  return isCommon ? Math.min(bits, MOST_BITS_OF_WORD) : bits;
}
