/** The program `wormhole-mailbox-server`. Importing this file runs it. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { MailboxServerError } from "./errors.ts";
import { DEFAULT_LIFETIME } from "./limits.ts";
import type { MailboxServerOptions } from "./server.ts";

interface Flags {
  listen: { host: string; port: number };
  db: string;
  expireAfter: number;
  motd?: string;
  advertiseVersion?: string;
  signalError?: string;
  disallowList?: true;
  trustProxy?: true;
}

const EXAMPLES = `
Examples:
  wormhole-mailbox-server
      For this machine only, all in memory. Clients: wormhole --relay-url ws://127.0.0.1:4000/v1 …
  wormhole-mailbox-server --listen 0.0.0.0:4000 --db /var/lib/wormhole/mailbox.sqlite
      For the network. Codes and messages that wait survive a restart.
  wormhole-mailbox-server --db mailbox.sqlite --expire-after 10080
      Mailboxes are kept for a week, so that the two sides need never be online together.

When it is ready it prints one line: mailbox ws://HOST:PORT/v1`;

function program(): Command {
  return new Command("wormhole-mailbox-server")
    .description("The Magic Wormhole mailbox server: where two wormholes with the same code find each other.")
    .option(
      "--listen <host:port>",
      "where to listen; port 0 is any free one",
      hostAndPort,
      hostAndPort("127.0.0.1:4000"),
    )
    .option("--db <path>", "file to keep mailboxes in, or :memory: to forget them at the end", ":memory:")
    .option("--expire-after <minutes>", "how long an unused mailbox is kept", minutes, DEFAULT_LIFETIME / 60)
    .option("--motd <text>", "message of the day that clients show")
    .option("--advertise-version <version>", "release of the Python client to recommend")
    .option("--signal-error <text>", "tell every client this error, and serve none")
    .option("--disallow-list", "do not tell clients which nameplates are in use")
    .option("--trust-proxy", "believe X-Real-IP and X-Real-Port, which a proxy in front must set")
    .version(version(), "--version")
    .addHelpText("after", EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride();
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function hostAndPort(text: string): Flags["listen"] {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/\s]+)):([0-9]{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65535)
    throw new InvalidArgumentError("It should look like 127.0.0.1:4000 or [::1]:4000.");
  return { host, port };
}

function minutes(text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value)))
    throw new InvalidArgumentError("It should be a number of minutes above 0.");
  return value;
}

/** Runs until a signal comes. Resolves with the exit code. */
async function run(): Promise<number> {
  const flags = program().parse().opts<Flags>();
  const { startMailboxServer } = await import("./server.ts");
  const stop = signal();
  const server = await startMailboxServer(serverOptions(flags));
  if (flags.db === ":memory:") say("Mailboxes are kept in memory and end with this program; --db FILE keeps them.");
  process.stdout.write(`mailbox ${server.url}\n`);
  await stop;
  await server.close();
  return 0;
}

function serverOptions({ listen, expireAfter, disallowList, trustProxy, ...same }: Flags): MailboxServerOptions {
  return {
    ...same,
    ...listen,
    expireAfter: expireAfter * 60,
    allowList: !disallowList,
    trustProxy: trustProxy ?? false,
    onTrouble: (trouble) => say(`Trouble: ${trouble instanceof Error ? trouble.message : String(trouble)}`),
  };
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

/** Failures that have a sentence end with it; what nobody expected ends with all that is known. */
function exitCodeOf(failure: unknown): number {
  if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2;
  say(
    failure instanceof MailboxServerError
      ? failure.message
      : String(failure instanceof Error ? failure.stack : failure),
  );
  return 1;
}

process.exitCode = await run().catch(exitCodeOf);
