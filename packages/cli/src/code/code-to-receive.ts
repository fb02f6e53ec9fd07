/** The ways in which `wormhole receive` gets its code: argument, link, pipe, or a person at the keyboard. */
import { type CodeInput, isCodeWord, KeyFormatError, printable } from "@wormhole-ts/wormhole";
import { inputWithCompletion, type ReceiveOptions, type TransferOptions } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import { serverOfLink } from "../settings.ts";
import { UsageError } from "../usage-error.ts";
import { readCodeText } from "./code-text.ts";
import { isLink } from "./uri.ts";

const PROMPT = "Enter receive wormhole code: ";

/** What the library is told of the code. */
type CodeSource = Partial<Pick<ReceiveOptions, "code" | "enterCode" | "relayUrl">>;

/** A person pasted a link that leads to another mailbox server than the one we are connected to. */
export class ElsewhereError extends Error {
  readonly link: string;
  constructor(link: string) {
    super("The code waits at another mailbox server.");
    this.link = link;
  }
}

/**
 * @param words the arguments: one code, or one that was typed with blanks
 * @throws {UsageError} when the command line contradicts itself, or there is no code
 */
export async function codeToReceive(
  words: readonly string[],
  flags: ReceiveFlags,
  options: TransferOptions,
  context: Context,
): Promise<CodeSource> {
  refuseContradictions(words, flags);
  if (flags.zero === true || flags.allocate === true) return {};
  const reader = new CodeReader(flags, options, context);
  const given = words.length > 0 ? words.join(" ") : flags.code;
  if (given !== undefined) return reader.take(given);
  if (context.questions.isInteractive) return { enterCode: (input, signal) => reader.ask(input, signal) };
  const line = await context.questions.readLine(context.signal);
  context.signal.throwIfAborted();
  if (line === undefined) throw new UsageError("There is no code: give it as an argument, or on standard input.");
  return reader.take(line);
}

function refuseContradictions(words: readonly string[], flags: ReceiveFlags): void {
  const hasCode = words.length > 0;
  if (hasCode && flags.code !== undefined) throw new UsageError("There are two codes: leave one out.");
  if (words.slice(1).some((word) => /^\d+-/.test(word) || isLink(word))) {
    throw new UsageError("There are several codes: each needs a wormhole receive of its own.");
  }
  if (hasCode && flags.zero === true) throw new UsageError("-0 is a code of its own: leave the other one out.");
  if (hasCode && flags.allocate === true) throw new UsageError("--allocate makes a code: leave the other one out.");
  if (flags.codeLength !== undefined && flags.allocate !== true) {
    throw new UsageError("--code-length is for a code that is made here: it needs --allocate.");
  }
}

class CodeReader {
  readonly #flags: ReceiveFlags;
  readonly #options: TransferOptions;
  readonly #context: Context;

  constructor(flags: ReceiveFlags, options: TransferOptions, context: Context) {
    this.#flags = flags;
    this.#options = options;
    this.#context = context;
  }

  /** Takes what was given before there is a connection. */
  take(text: string): CodeSource {
    const source = this.#understand(text);
    if (source.relayUrl !== undefined) {
      this.#context.output.say(`The link leads to another mailbox server: ${printable(source.relayUrl)}`);
    }
    this.#showChange(text, source.code);
    return source;
  }

  /** Lets a person type it. */
  async ask(input: CodeInput, signal: AbortSignal): Promise<void> {
    const read = (text: string): string => {
      const { code, relayUrl } = this.#understand(text);
      if (relayUrl !== undefined) throw new ElsewhereError(text);
      this.#showChange(text, code);
      return code;
    };
    // What is asked is talk: stdout is for what is received.
    await inputWithCompletion(PROMPT, input, { stdout: process.stderr, signal, read }).catch((error: unknown) => {
      // The cursor still stands behind the question.
      if (error instanceof KeyFormatError) this.#context.output.say("");
      throw error;
    });
  }

  #understand(text: string): { code: string; relayUrl?: string } {
    const link = readCodeText(text, isCodeWord);
    if (link.role === "leader") {
      throw new UsageError(`This link asks you to send: wormhole send --code ${printable(link.code)} FILE`);
    }
    const relayUrl = serverOfLink(link, this.#flags, this.#options);
    return relayUrl === undefined ? { code: link.code } : { code: link.code, relayUrl };
  }

  #showChange(text: string, code: string): void {
    if (code !== text.trim()) this.#context.output.say(`Taking the code to be ${printable(code)}`);
  }
}
