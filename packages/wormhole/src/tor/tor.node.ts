/** `getTor`: finds a running Tor, or launches a private one, for wormholes to use. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { guarded } from "../base/guarded.ts";
import { aBoolean, aFunction, amount, aName, aSignal, type Checks, checkOptions } from "../base/options.ts";
import { systemRandom } from "../crypto/system-random.ts";
import type { SocketAddress } from "../net/socket-address.ts";
import { socksNetwork } from "../net/socks.node.ts";
import { webSockets } from "../net/websocket.node.ts";
import type { Tor } from "../platform/tor.ts";
import type { BootstrapOptions, TorProgress } from "./bootstrap.ts";
import type { FoundTor } from "./find.node.ts";
import type { LaunchedTor } from "./launch.node.ts";

/** How {@link getTor} looks for a Tor. */
export interface TorOptions {
  /** The control port of a running Tor, `tcp:HOST:PORT` or `unix:PATH`. Default: the usual places are searched. */
  controlPort?: string | undefined;
  /** Whether to start the program `tor` for this process alone, which takes about half a minute. Default: false. */
  launch?: boolean | undefined;
  /** Called with each step of a Tor that is still connecting to its network. */
  onProgress?: ((progress: TorProgress) => void) | undefined;
  /** The longest time between two such steps, in milliseconds. Default: 60,000. */
  patience?: number | undefined;
  /** Ends the search or the launch. It does not affect a Tor that was found. */
  signal?: AbortSignal | undefined;
}

/** A Tor that is ready for wormholes. */
export interface RunningTor extends Tor, AsyncDisposable {
  /** Where it was found, for people, such as `control port 127.0.0.1:9051`. */
  readonly description: string;
  /** Ends a Tor that was launched, and removes its files. A Tor that was already running goes on. */
  close(): Promise<void>;
}

/** The default of `patience`. On a slow line, Tor's directory of relays takes long to load, but it advances steadily. */
const PATIENCE_MS = 60_000;
/** The longest time for a WebSocket to open. Tor needs seconds for a new circuit, and gives up after two minutes. */
const OPEN_DEADLINE_MS = 60_000;
/** The longest `patience`: an hour. */
const MAX_PATIENCE_MS = 3_600_000;
/** Random bytes of the user name and of the password. Tor gives each account circuits of its own. */
const ACCOUNT_BYTES = 16;

const TOR: Checks<TorOptions> = {
  controlPort: aName,
  launch: aBoolean,
  onProgress: aFunction,
  patience: amount("milliseconds", MAX_PATIENCE_MS),
  signal: aSignal,
};

/**
 * Finds a running Tor, or launches a private one.
 *
 * Without options, the usual control ports are asked where Tor accepts connections: `/var/run/tor/control`,
 * 127.0.0.1:9051 and 127.0.0.1:9151. If none lets this program in, the SOCKS ports 127.0.0.1:9050 and 9150 are tried.
 * With `controlPort`, only that one is asked. With `launch`, the program `tor` is started in a private folder; it ends
 * with `close()`, or with this process.
 *
 * @throws {NoTorError} if there is no Tor; the message explains what to do
 * @throws {TypeError} if an option is invalid, or if both `launch` and `controlPort` are given
 * @example
 * await using tor = await getTor();
 * await using wormhole = createWormhole({ appId: "example.com/hello", relayUrl: "ws://127.0.0.1:4000/v1", tor });
 * console.log(tor.description); // control port /var/run/tor/control
 */
export function getTor(options: TorOptions = {}): Promise<RunningTor> {
  return guarded(runningTor(options));
}

async function runningTor(options: TorOptions): Promise<RunningTor> {
  checkOptions("getTor", options, TOR);
  const { controlPort, launch = false, signal = new AbortController().signal } = options;
  if (launch && controlPort !== undefined) throw new TypeError("launch and controlPort exclude each other");
  signal.throwIfAborted();
  const found = await find(controlPort, launch, {
    patience: options.patience ?? PATIENCE_MS,
    onProgress: options.onProgress ?? (() => {}),
    signal,
  });
  const close = async () => {
    if ("close" in found) await found.close();
  };
  const { socks, description } = found;
  return { description, streams: () => streams(socks), close, [Symbol.asyncDispose]: close };
}

async function find(
  controlPort: string | undefined,
  launch: boolean,
  options: BootstrapOptions,
): Promise<FoundTor | LaunchedTor> {
  if (launch) return (await import("./launch.node.ts")).launchTor(options);
  const { torAt, usualTor } = await import("./find.node.ts");
  return controlPort === undefined ? usualTor(options) : torAt(controlPort, options);
}

function streams(proxy: SocketAddress): ReturnType<Tor["streams"]> {
  const name = () => bytesToHex(systemRandom(ACCOUNT_BYTES));
  const network = socksNetwork(proxy, { user: name(), password: name() });
  return { network, openMessageSocket: webSockets({ network, openDeadline: OPEN_DEADLINE_MS }) };
}
