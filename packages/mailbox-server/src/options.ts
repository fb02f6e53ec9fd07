/** The options of the program. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
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

/**
 * What the program is asked to do.
 *
 * @param args the arguments after the program's name.
 * @throws CommanderError after `--help` and `--version`, with exit code 0, and for what makes no sense.
 */
export function parseOptions(args: readonly string[]): MailboxServerOptions {
  const { listen, disallowList, trustProxy, ...same } = program().parse(args, { from: "user" }).opts<Flags>();
  return { ...same, ...listen, allowList: !disallowList, trustProxy: trustProxy ?? false };
}

function program(): Command {
  return new Command("wormhole-mailbox-server")
    .description("The Magic Wormhole mailbox server: where two wormholes with the same code find each other.")
    .addOption(
      new Option("--listen <host:port>", "where to listen; port 0 is any free one")
        .argParser(hostAndPort)
        .default({ host: "127.0.0.1", port: 4000 }, "127.0.0.1:4000"),
    )
    .option("--db <path>", "file to keep mailboxes in, or :memory: to forget them at the end", ":memory:")
    .addOption(
      new Option(
        "--expire-after <minutes>",
        "how long an unused mailbox is kept; time while the server is down is free",
      )
        .argParser(minutes)
        .default(DEFAULT_LIFETIME, "11"),
    )
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
  if (host === undefined || port > 65535) {
    throw new InvalidArgumentError("It should look like 127.0.0.1:4000 or [::1]:4000.");
  }
  return { host, port };
}

/** Minutes, which people say, as seconds. */
function minutes(text: string): number {
  const seconds = Number(text) * 60;
  if (!(seconds > 0 && Number.isFinite(seconds))) {
    throw new InvalidArgumentError("It should be a number of minutes above 0.");
  }
  return seconds;
}
