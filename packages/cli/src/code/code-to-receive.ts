/** The sources of the code for `wormhole receive`: an argument, a URI, a file, a pipe, or a person at the keyboard. */
import { type CodeInput, KeyFormatError, printable } from "@wormhole-ts/wormhole";
import { inputWithCompletion, type ReceiveOptions, type TransferOptions } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import { UsageError } from "../usage-error.ts";
import { type CodeOfText, CodeReader } from "./code-reader.ts";
import { isCodeUri } from "./code-uri.ts";
import { givenCode, pipedCode } from "./given-code.ts";
import { readCode } from "./read-code.ts";
import { areDrawn } from "./word-list.ts";

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
 * @throws {KeyFormatError} if the code looks mistyped and is not confirmed
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
  const given = words.length > 0 ? wholeCode(words, flags) : await givenCode(flags, context);
  if (given !== undefined) return reader.take(given, requireReceiver(reader.read(given)));
  if (context.questions.isInteractive)
    return { enterCode: (input, signal) => askForCode(input, reader, context, signal) };
  const line = await pipedCode(context);
  return reader.take(line, requireReceiver(reader.read(line)));
}

function refuseContradictions(words: readonly string[], flags: ReceiveFlags): void {
  const hasCode = words.length > 0;
  if (hasCode && (flags.code !== undefined || flags.codeFile !== undefined)) {
    throw new UsageError("There are two codes. Leave one out.");
  }
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

/**
 * Joins a code that was typed with blanks.
 * @throws {UsageError} if further arguments follow the code, such as the name of a file
 */
function wholeCode(words: readonly string[], flags: ReceiveFlags): string {
  const text = words.join(" ");
  const [first = "", ...rest] = words;
  if (rest.length === 0 || flags.exactCode === true || !/^\d+-./.test(first)) return text;
  const { code, isCertain, proposals } = readCode(text);
  const [, ...whole] = code.split("-");
  // A person who types blanks between the words of a code types no hyphens.
  const isMadeUp = first.split("-").length === 2 && !rest.some(looksLikePath);
  const isOne = isCertain && (isMadeUp || (areDrawn(whole) && code.length > first.length));
  const isMistyped = proposals.some((one) => one.length > first.length);
  if (isOne || isMistyped) return text;
  const target = printable(rest.join(" "));
  throw new UsageError(
    `Something follows the code ${printable(first)}. To receive into a file or folder, add: -o '${target}'`,
  );
}

const looksLikePath = (word: string): boolean => /[./\\]/.test(word);

function requireReceiver(found: CodeOfText): CodeOfText {
  if (found.role === "follower") return found;
  throw new UsageError(`This link asks you to send. Run: wormhole send --code ${printable(found.code)} FILE`);
}

/** Asks a person for the code. */
async function askForCode(
  input: CodeInput,
  reader: CodeReader,
  { host, output, questions }: Context,
  signal: AbortSignal,
): Promise<void> {
  const read = async (text: string, ask: (question: string) => Promise<string>): Promise<string> => {
    const found = requireReceiver(reader.read(text));
    if (found.relayUrl !== undefined) throw new OtherServerError(text);
    return reader.takeTyped(text, found, ask);
  };
  // The prompt is not written to stdout, which is for the received text.
  const options = { stdin: host.stdin, stdout: questions.screen, signal, read };
  await inputWithCompletion(PROMPT, input, options).catch((error: unknown) => {
    // The cursor is still behind the prompt.
    if (error instanceof KeyFormatError) output.say("");
    throw error;
  });
  // A paste may have had further lines.
  await questions.discard();
}
