/** The command line of `wormhole-transit-relay`. */
import { Option } from "commander";
import type { ListenAddress } from "../../internal/src/listen.ts";
import { durationParser, parseListenAddress, serverCommand } from "../../internal/src/server-flags.ts";
import { WAITING_MS } from "./limits.ts";
import type { TransitRelayOptions } from "./relay.ts";

interface Flags {
  listen: ListenAddress;
  listenWebsocket?: ListenAddress;
  /** Seconds. */
  maxWait: number;
}

/** Timers of the platform end at 2^31 milliseconds, which is a little more than 24 days. */
const MAX_WAIT_SECONDS = 24 * 86_400;

const EPILOGUE = `Examples:
  wormhole-transit-relay
      Serve this machine only. Clients use it with: wormhole --transit-helper tcp:127.0.0.1:4001 …
  wormhole-transit-relay --listen 0.0.0.0:4001
      Serve the network.
  wormhole-transit-relay --listen [::]:4001 --listen-websocket [::]:4002
      Serve the network, and browsers, too.

When it is ready, the relay prints one line: relay tcp:HOST:PORT
With --listen-websocket, it prints a second line: relay ws://HOST:PORT`;

/**
 * Turns the arguments after the program's name into the options of the relay.
 *
 * @throws CommanderError after `--help` and `--version` with exit code 0, after wrong usage with another
 */
export function parseOptions(args: readonly string[]): TransitRelayOptions {
  const { listen, listenWebsocket, maxWait } = command().parse(args, { from: "user" }).opts<Flags>();
  return { ...listen, ...(listenWebsocket && { websocket: listenWebsocket }), waitingTime: maxWait * 1000 };
}

function command() {
  return serverCommand({
    name: "wormhole-transit-relay",
    description: "Carries encrypted bytes between two Magic Wormhole clients that cannot reach each other.",
    epilogue: EPILOGUE,
    manifest: new URL("../package.json", import.meta.url),
  })
    .addOption(
      new Option("--listen <HOST:PORT>", "where to listen for TCP clients; port 0 is any free port")
        .argParser(parseListenAddress)
        .default({ host: "127.0.0.1", port: 4001 }, "127.0.0.1:4001"),
    )
    .option(
      "--listen-websocket <HOST:PORT>",
      "where to listen for WebSocket clients (default: nowhere)",
      parseListenAddress,
    )
    .addOption(
      new Option("--max-wait <DURATION>", "how long a client may wait for its partner, such as 90s, 11m, 2h or 7d")
        // A bare number means seconds: the option once took nothing else.
        .argParser(durationParser("s", MAX_WAIT_SECONDS))
        .default(WAITING_MS / 1000, "5m"),
    );
}
