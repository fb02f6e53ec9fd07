import { bytesToHex } from "@noble/hashes/utils.js";
import { systemRandom } from "../base/random.ts";
import type { SocketAddress } from "../net/socket-address.ts";
import { socksNetwork } from "../net/socks.node.ts";
import { webSockets } from "../net/websocket.node.ts";
import type { Tor } from "../platform/tor.ts";
import type { BootstrapOptions, TorProgress } from "./bootstrap.ts";
import type { Found } from "./find.node.ts";
import type { Launched } from "./launch.node.ts";

/** How to get a Tor. */
export interface TorOptions {
  /** The control port of a running Tor, as `tcp:HOST:PORT` or `unix:PATH`. Default: the usual places. */
  controlPort?: string;
  /** True: start the program `tor`, for this process alone. It takes about half a minute. Default false. */
  launch?: boolean;
  /** Called whenever a Tor that is not connected yet gets further. */
  onProgress?: (progress: TorProgress) => void;
  /** Milliseconds that such a Tor may stay where it is. Default: one minute. */
  patience?: number;
  /** Ends the search, or the launch. A Tor that was found is not affected. */
  signal?: AbortSignal;
}

/** A Tor that runs. */
export interface RunningTor extends Tor, AsyncDisposable {
  /** Which one, for people: `control port 127.0.0.1:9051`. */
  readonly description: string;
  /** Ends a Tor that was launched and removes all that it has written. Others go on. */
  close(): Promise<void>;
}

/** A directory of relays takes its time on a slow line, but always moves. */
const PATIENCE = 60_000;
/** Tor itself gives up after two minutes; circuits that work at all are there by then. */
const OPEN_DEADLINE = 60_000;
/** Bytes of each half of a name that nobody else has: Tor puts different names on different circuits. */
const ACCOUNT_LENGTH = 16;

/**
 * Finds a running Tor, or launches one.
 *
 * A given control port is asked where Tor takes connections. Otherwise the usual control ports are
 * (`/var/run/tor/control`, 127.0.0.1:9051 and 9151), and after them SOCKS proxies at 127.0.0.1:9050 and 9150. With
 * `launch`, the program `tor` is started, in a folder of its own; it ends with this process, or by `close()`.
 *
 * @throws {NoTorError} that says what to do, if there is no Tor
 * @throws {TypeError} if both `launch` and `controlPort` are given
 */
export async function getTor(options: TorOptions = {}): Promise<RunningTor> {
  const { controlPort, launch = false, signal = new AbortController().signal } = options;
  if (typeof launch !== "boolean") throw new TypeError("launch must be a boolean");
  if (controlPort !== undefined && typeof controlPort !== "string") throw new TypeError("controlPort must be a string");
  if (launch && controlPort !== undefined) throw new TypeError("launch and controlPort exclude each other");
  signal.throwIfAborted();
  const found = await find(controlPort, launch, {
    patience: options.patience ?? PATIENCE,
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
): Promise<Found | Launched> {
  if (launch) return (await import("./launch.node.ts")).launchTor(options);
  const { torAt, usualTor } = await import("./find.node.ts");
  return controlPort === undefined ? usualTor(options) : torAt(controlPort, options);
}

function streams(proxy: SocketAddress): ReturnType<Tor["streams"]> {
  const name = () => bytesToHex(systemRandom(ACCOUNT_LENGTH));
  const network = socksNetwork(proxy, { user: name(), password: name() });
  return { network, openMessageSocket: webSockets({ network, openDeadline: OPEN_DEADLINE }) };
}
