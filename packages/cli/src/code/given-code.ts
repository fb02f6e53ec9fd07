/** The text of the flags `--code` and `--code-file`. */
import { createReadStream } from "node:fs";
import type { Context } from "../context.ts";
import type { TransferFlags } from "../flags.ts";
import { Lines } from "../terminal/lines.ts";
import { UsageError } from "../usage-error.ts";

/** Lines of a file in which a code is looked for. */
const MOST_LINES = 100;

/**
 * Returns the text of the code that the flags give, or nothing if they give none, or if a person is to type it.
 * @throws {UsageError} if the file or standard input contains no code
 */
export async function givenCode(flags: TransferFlags, context: Context): Promise<string | undefined> {
  if (flags.codeFile !== undefined && flags.codeFile !== "-") return codeInFile(flags.codeFile, context);
  if (flags.codeFile === undefined && flags.code !== "-") return flags.code;
  return context.questions.isInteractive ? undefined : pipedCode(context);
}

/** Whether the flags say that the code comes from standard input. */
export function isPiped(flags: TransferFlags): boolean {
  return flags.code === "-" || flags.codeFile === "-";
}

/** Reads the code from standard input. @throws {UsageError} if it is missing */
export async function pipedCode({ questions, signal }: Context): Promise<string> {
  const code = await firstText((stop) => questions.readLine(stop), signal);
  if (code === undefined) throw new UsageError("There is no code. Give it as an argument or on standard input.");
  return code;
}

async function codeInFile(path: string, { signal }: Context): Promise<string> {
  const stream = createReadStream(path);
  const lines = new Lines(() => stream);
  try {
    const code = await firstText((stop) => lines.next(stop), signal);
    if (code === undefined) throw new UsageError("The file of --code-file contains no code.");
    return code;
  } finally {
    stream.destroy();
  }
}

/** The first line that is not blank. */
async function firstText(
  next: (signal: AbortSignal) => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (let count = 0; count < MOST_LINES; count++) {
    const line = await next(signal);
    signal.throwIfAborted();
    if (line === undefined || line.trim() !== "") return line;
  }
  return undefined;
}
