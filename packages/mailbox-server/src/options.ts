/** The command line of `wormhole-mailbox-server`. */
import { Option } from "commander";
import type { ListenAddress } from "../../internal/src/listen.ts";
import { durationParser, parseListenAddress, serverCommand } from "../../internal/src/server-flags.ts";
import { DEFAULT_LIFETIME_SECONDS } from "./limits.ts";
import type { MailboxServerOptions } from "./server.ts";

interface Flags {
  listen: ListenAddress;
  db: string;
  expireAfter: number;
  motd?: string;
  advertiseVersion?: string;
  signalError?: string;
  disallowList?: true;
  trustProxy?: true;
}

const EPILOGUE = `Examples:
  wormhole-mailbox-server
      Serve this machine only, and keep mailboxes in memory.
      Clients use it with: wormhole --relay-url ws://127.0.0.1:4000/v1 …
  wormhole-mailbox-server --listen 0.0.0.0:4000 --db /var/lib/wormhole/mailbox.sqlite
      Serve the network. Codes and waiting messages survive a restart.
  wormhole-mailbox-server --db mailbox.sqlite --expire-after 7d
      Keep unused mailboxes for a week, so the two sides never need to be online together.

When it is ready, the server prints one line: mailbox ws://HOST:PORT/v1`;

/**
 * Turns the arguments after the program's name into the options of the server.
 *
 * @throws CommanderError after `--help` and `--version` with exit code 0, after wrong usage with another
 */
export function parseOptions(args: readonly string[]): MailboxServerOptions {
  const { listen, disallowList, trustProxy, ...same } = command().parse(args, { from: "user" }).opts<Flags>();
  return { ...same, ...listen, allowList: !disallowList, trustProxy: trustProxy ?? false };
}

function command() {
  return serverCommand({
    name: "wormhole-mailbox-server",
    description: "The Magic Wormhole mailbox server, through which two programs with the same code find each other.",
    epilogue: EPILOGUE,
    manifest: new URL("../package.json", import.meta.url),
  })
    .addOption(
      new Option("--listen <HOST:PORT>", "where to listen; port 0 is any free port")
        .argParser(parseListenAddress)
        .default({ host: "127.0.0.1", port: 4000 }, "127.0.0.1:4000"),
    )
    .option("--db <PATH>", "file to keep mailboxes in; :memory: loses them at the end", ":memory:")
    .addOption(
      new Option(
        "--expire-after <DURATION>",
        "how long to keep an unused mailbox, such as 90s, 11m, 2h or 7d; " +
          "time while the server is down does not count",
      )
        // A bare number means minutes: the option once took nothing else.
        .argParser(durationParser("m"))
        .default(DEFAULT_LIFETIME_SECONDS, "11m"),
    )
    .option("--motd <TEXT>", "message of the day that clients show")
    .option("--advertise-version <VERSION>", "release of the Python client to recommend")
    .option("--signal-error <TEXT>", "refuse every client with this error")
    .option("--disallow-list", "do not show clients which nameplates are in use")
    .option("--trust-proxy", "trust X-Real-IP and X-Real-Port, which a proxy in front must set");
}
