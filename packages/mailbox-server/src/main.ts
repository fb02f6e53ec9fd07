/** The program `wormhole-mailbox-server`. Importing this file runs it. */
import { CommanderError } from "commander";
import { MailboxServerError } from "./errors.ts";
import { parseOptions } from "./options.ts";

/** Runs until a signal comes. Resolves with the exit code. */
async function run(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  const { startMailboxServer } = await import("./server.ts");
  const stop = signal();
  const server = await startMailboxServer({ ...options, onTrouble: (trouble) => say(`Trouble: ${textOf(trouble)}`) });
  if (options.db === ":memory:") say("Mailboxes are kept in memory and end with this program; --db FILE keeps them.");
  process.stdout.write(`mailbox ${server.url}\n`);
  await stop;
  await server.close();
  return 0;
}

/** Resolves at the first SIGINT or SIGTERM; a second one ends the process at once. */
function signal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve());
  });
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function textOf(trouble: unknown): string {
  return trouble instanceof Error ? trouble.message : String(trouble);
}

/** Failures that have a sentence end with it; what nobody expected ends with all that is known. */
function exitCodeOf(failure: unknown): number {
  if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2;
  say(failure instanceof MailboxServerError || !(failure instanceof Error) ? textOf(failure) : String(failure.stack));
  return 1;
}

/** A reader that has gone (`--help | head`) is no trouble of ours. */
function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreGone);
process.exitCode = await run().catch(exitCodeOf);
