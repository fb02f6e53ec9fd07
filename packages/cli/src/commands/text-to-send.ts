import { addAbortSignal } from "node:stream";
import { UnsendableFileError } from "@wormhole-ts/wormhole";
import type { Context } from "../context.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Bytes of a text inside its message. It is encrypted and then written in hexadecimal digits, and mailbox servers take
 * a message of 1 MiB.
 */
const LONGEST_TEXT = 500_000;

/** The text to be sent: given, read from stdin, or asked for. Nothing if a path is to be sent. */
export async function textToSend(
  path: string | undefined,
  text: string | undefined,
  context: Context,
): Promise<string | undefined> {
  if (path !== undefined) {
    if (text !== undefined) throw new UsageError("Either a text or a path can be sent, not both: leave one out.");
    return undefined;
  }
  const chosen = text === "-" ? await readText(context) : (text ?? (await askForText(context)));
  if (Buffer.byteLength(JSON.stringify(chosen)) > LONGEST_TEXT) refuseLength();
  return chosen;
}

function refuseLength(): never {
  throw new UnsendableFileError("-", "This text is too long for a message: send it as a file.");
}

async function askForText({ questions, signal }: Context): Promise<string> {
  if (!questions.isInteractive) {
    throw new UsageError("Nothing to send: give a path, or --text TEXT, or --text - for what comes on standard input.");
  }
  const text = await questions.ask("Text to send: ", signal);
  signal.throwIfAborted();
  if (text === undefined) throw new UsageError("Nothing to send: the input ended without a text.");
  return text;
}

async function readText({ output, signal }: Context): Promise<string> {
  output.say("Reading text message from stdin..");
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of addAbortSignal(signal, process.stdin) as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LONGEST_TEXT) refuseLength();
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new UnsendableFileError("-", "What came on standard input is not text: send it as a file.", { cause });
  }
}
