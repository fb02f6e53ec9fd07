/** The sources of the code for `wormhole receive`: an argument, a URI, a pipe, or a person at the keyboard. */
import { type CodeInput, isCodeWord, KeyFormatError, printable } from "@wormhole-ts/wormhole";
import { inputWithCompletion, type ReceiveOptions, type TransferOptions } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import { serverOfUri } from "../settings.ts";
import { UsageError } from "../usage-error.ts";
import { readCodeText } from "./code-text.ts";
import { isCodeUri } from "./code-uri.ts";

const PROMPT = "Enter receive wormhole code: ";

/** The options of the library that concern the code. */
type CodeSource = Partial<Pick<ReceiveOptions, "code" | "enterCode" | "relayUrl">>;

/** At the prompt, a person pasted a URI that names another mailbox server than the connected one. */
export class OtherServerError extends Error {
  override readonly name = "OtherServerError";
  /** The URI. */
  readonly uri: string;

  constructor(uri: string) {
    super("The code belongs to another mailbox server.");
    this.uri = uri;
  }
}

/**
 * Returns the code, or the function that asks for it.
 * @param words the arguments: one code, or one that was typed with blanks
 * @throws {UsageError} if the command line contradicts itself, or there is no code
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
  if (line === undefined) throw new UsageError("There is no code. Give it as an argument or on standard input.");
  return reader.take(line);
}

function refuseContradictions(words: readonly string[], flags: ReceiveFlags): void {
  const hasCode = words.length > 0;
  if (hasCode && flags.code !== undefined) throw new UsageError("There are two codes. Leave one out.");
  if (words.slice(1).some((word) => /^\d+-/.test(word) || isCodeUri(word))) {
    throw new UsageError("There are several codes. Run wormhole receive once for each of them.");
  }
  if (hasCode && flags.zero === true) throw new UsageError("-0 stands for a code. Leave the other code out.");
  if (hasCode && flags.allocate === true)
    throw new UsageError("--allocate makes a new code. Leave the other code out.");
  if (flags.codeLength !== undefined && flags.allocate !== true) {
    throw new UsageError("--code-length is the length of a new code, so it needs --allocate.");
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

  /** Reads a code that is given before there is a connection. */
  take(text: string): CodeSource {
    const source = this.#read(text);
    if (source.relayUrl !== undefined) {
      this.#context.output.say(`This code uses another mailbox server: ${printable(source.relayUrl)}`);
    }
    this.#showChange(text, source.code);
    return source;
  }

  /** Asks a person for the code. */
  async ask(input: CodeInput, signal: AbortSignal): Promise<void> {
    const { host, output } = this.#context;
    const read = (text: string): string => {
      const { code, relayUrl } = this.#read(text);
      if (relayUrl !== undefined) throw new OtherServerError(text);
      this.#showChange(text, code);
      return code;
    };
    // The prompt is written to stderr, because stdout is for the received text.
    const options = { stdin: host.stdin, stdout: host.stderr, signal, read };
    await inputWithCompletion(PROMPT, input, options).catch((error: unknown) => {
      // The cursor is still behind the prompt.
      if (error instanceof KeyFormatError) output.say("");
      throw error;
    });
  }

  #read(text: string): { code: string; relayUrl?: string } {
    const uri = readCodeText(text, isCodeWord);
    if (uri.role === "leader") {
      throw new UsageError(`This link asks you to send. Run: wormhole send --code ${printable(uri.code)} FILE`);
    }
    const relayUrl = serverOfUri(uri, this.#flags, this.#options);
    return relayUrl === undefined ? { code: uri.code } : { code: uri.code, relayUrl };
  }

  #showChange(text: string, code: string): void {
    if (code !== text.trim()) this.#context.output.say(`Using the code ${printable(code)}`);
  }
}
