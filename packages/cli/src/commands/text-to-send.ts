/** The sources of the text for `wormhole send`: the flag, standard input, or a person who is asked. */
import { addAbortSignal } from "node:stream";
import { UnsendableFileError } from "@wormhole-ts/wormhole";
import type { Context } from "../context.ts";
import { reasonOf } from "../failure.ts";
import { inputProblem } from "../terminal/closed-stream.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Most bytes of a text as JSON. In its message it is encrypted and written in hexadecimal digits, which doubles its
 * length, and mailbox servers accept messages of 1 MiB.
 */
const LONGEST_TEXT = 500_000;

/**
 * Returns the text to send, or nothing if a path is to be sent.
 * @throws {UsageError} if there is nothing to send or to read, or both a path and a text
 * @throws {UnsendableFileError} if the text is too long, or is not text
 */
export async function textToSend(
  path: string | undefined,
  text: string | undefined,
  context: Context,
): Promise<string | undefined> {
  if (path !== undefined) {
    if (text !== undefined) throw new UsageError("A path and --text cannot be sent together. Leave one out.");
    return undefined;
  }
  const chosen = text === "-" ? await readText(context) : (text ?? (await askForText(context)));
  if (Buffer.byteLength(JSON.stringify(chosen)) > LONGEST_TEXT) refuseLength();
  return chosen;
}

function refuseLength(): never {
  throw new UnsendableFileError(
    "-",
    "This text is too long for a message, which holds 500 kB. Write it into a file, and send that: wormhole send FILE",
  );
}

async function askForText({ questions, signal }: Context): Promise<string> {
  if (!questions.isInteractive) {
    throw new UsageError("There is nothing to send. Give a path, --text TEXT, or --text - to read standard input.");
  }
  const text = await questions.askForText("Text to send: ", signal);
  signal.throwIfAborted();
  if (text === undefined) throw new UsageError("There is nothing to send: the input ended without a text.");
  return text;
}

async function readText({ host, output, signal }: Context): Promise<string> {
  const problem = (host.inputProblem ?? inputProblem)();
  if (problem !== undefined) throw new UsageError(`Nothing could be read from standard input: ${problem}.`);
  output.say("Reading text message from standard input...");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of readable(host, signal)) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST_TEXT) refuseLength();
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new UnsendableFileError(
      "-",
      "Standard input is not text in UTF-8. Write it into a file, and send that: wormhole send FILE",
      { cause },
    );
  }
}

/** Yields the chunks of standard input. @throws {UnsendableFileError} if it cannot be read, such as a folder */
async function* readable({ stdin }: Context["host"], signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield* addAbortSignal(signal, stdin) as AsyncIterable<Uint8Array>;
  } catch (cause) {
    signal.throwIfAborted();
    throw new UnsendableFileError("-", `Nothing could be read from standard input: ${reasonOf(cause)}.`, { cause });
  }
}
