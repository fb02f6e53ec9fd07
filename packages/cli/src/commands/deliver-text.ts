/** Delivering a received text: it is accepted only after it is out. */
import { randomUUID } from "node:crypto";
import { open, rename, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Printable, printable } from "@wormhole-ts/wormhole";
import type { Context } from "../context.ts";
import { reasonOf } from "../failure.ts";
import { wasClosed } from "../terminal/closed-stream.ts";
import { quoted, whole } from "../terminal/words.ts";
import { Refusal } from "./declined.ts";
import type { Place } from "./place.ts";

/**
 * Writes a text: unchanged to a file or a program, made printable for a terminal. If that fails, a person at the terminal
 * sees it nevertheless.
 * @throws {Refusal} if it cannot be written
 */
export async function deliverText(text: string, place: Place | undefined, context: Context): Promise<void> {
  const { output } = context;
  const { isStdoutClosed = () => wasClosed(1) } = context.host;
  const shown = printable(text, { multiline: true });
  try {
    if (place?.kind === "path") return await writeText(text, place, context);
    if (isStdoutClosed()) throw new Error("it is closed");
    if (place?.kind === "folder") output.say(`A text has no name, so it is not stored in ${quoted(place.path)}:`);
    await (output.dataIsShown ? output.show(shown) : output.data(text)).catch(unlessReaderEnded);
  } catch (cause) {
    throw lost(shown, place, cause, context);
  }
}

/** A reader that ends early, as in `wormhole receive CODE | head`, has read what it wanted. */
function unlessReaderEnded(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EPIPE")) throw error;
}

async function writeText(text: string, { path, isFile, isSpecial }: Place, { output }: Context): Promise<void> {
  if (isSpecial) return writeFile(path, text);
  if (isFile) {
    output.say(`Overwriting ${quoted(path)}`);
    const part = join(dirname(path), `.${randomUUID()}.wormhole-part`);
    await writeNewFile(part, text);
    await rename(part, path);
  } else {
    await writeNewFile(path, text);
  }
  output.say(`Received text written to: ${whole(path)}`);
}

/** Writes a file that must not exist. If that fails, nothing of it is left. */
async function writeNewFile(path: string, text: string): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(text);
    await file.datasync().catch(() => {});
  } catch (error) {
    await unlink(path);
    throw error;
  } finally {
    await file.close();
  }
}

function lost(shown: Printable, place: Place | undefined, cause: unknown, { output, host }: Context): Refusal {
  const where = place?.kind === "path" ? quoted(place.path) : "standard output";
  const reason = reasonOf(cause);
  const isShown = host.stderr.isTTY === true;
  if (isShown) output.say(shown);
  const seen = isShown ? " It is shown above." : "";
  return new Refusal(`The text was received, but could not be written to ${where}: ${reason}.${seen}`, { cause });
}
