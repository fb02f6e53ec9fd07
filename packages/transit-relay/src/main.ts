/** The program `wormhole-transit-relay`. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ListenError } from "./errors.ts";
import type { Address } from "./listening.ts";
import { startTransitRelay, type TransitRelay } from "./relay.ts";

const FAILED = 1;
const USAGE = 2;

const EXAMPLES = `
Examples:
  wormhole-transit-relay                                for this machine alone, on port 4001
  wormhole-transit-relay --listen 0.0.0.0:4001          for everybody who can reach this machine
  wormhole-transit-relay --listen [::]:4001 --listen-websocket [::]:4002
                                                        for browsers too
  wormhole send --transit-helper tcp:HOST:4001 FILE     how a client uses it
`;

interface Options {
  listen: Address;
  listenWebsocket?: Address;
  maxWait: number;
}

function command(): Command {
  return new Command("wormhole-transit-relay")
    .description("Carries bytes between two wormholes that cannot reach each other. It cannot read them.")
    .addOption(
      new Option("--listen <HOST:PORT>", "where TCP clients connect; port 0 is any")
        .argParser(parseAddress)
        .default({ host: "127.0.0.1", port: 4001 }, "127.0.0.1:4001"),
    )
    .option("--listen-websocket <HOST:PORT>", "where WebSocket clients connect (default: nowhere)", parseAddress)
    .option("--max-wait <SECONDS>", "how long a client may wait for its partner", parseSeconds, 300)
    .version(version(), "-V, --version")
    .addHelpText("after", EXAMPLES)
    .exitOverride();
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}

function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65535)
    throw new InvalidArgumentError("It must be like 127.0.0.1:4001 or [::1]:4001.");
  return { host, port };
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  // Timers of the platform end at 2^31 milliseconds.
  if (!(seconds > 0 && seconds <= 2_000_000)) throw new InvalidArgumentError("It must be a number of seconds.");
  return seconds;
}

async function run({ listen, listenWebsocket, maxWait }: Options): Promise<void> {
  const relay = await startTransitRelay({
    ...listen,
    ...(listenWebsocket && { websocket: listenWebsocket }),
    waitingTime: maxWait * 1000,
  });
  closeOnSignal(relay);
  const urls = [relay.url, relay.websocketUrl].filter((url) => url !== undefined);
  process.stdout.write(urls.map((url) => `relay ${url}\n`).join(""));
}

function closeOnSignal(relay: TransitRelay): void {
  const close = () => void relay.close();
  process.once("SIGINT", close);
  process.once("SIGTERM", close);
}

/** Shows an error as one sentence, and gives the exit code that goes with it. */
function explain(error: unknown): number {
  // Commander has said it already: help and version are "errors" of code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (!(error instanceof ListenError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return FAILED;
}

/** A reader that has gone (`--help | head`) is no trouble of ours. */
function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}

for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreGone);
try {
  await run(command().parse().opts<Options>());
} catch (error) {
  process.exitCode = explain(error);
}
