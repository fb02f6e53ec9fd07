/** The search for a running Tor: at a given control port, or in the usual places. */
import { printable } from "../base/printable.ts";
import { NoTorError } from "../errors.ts";
import { parseSocketAddress, type SocketAddress, socketAddressText } from "../net/socket-address.ts";
import { greets } from "../net/socks.node.ts";
import { reasonOf } from "../net/system-errors.ts";
import { type BootstrapOptions, bootstrapped } from "./bootstrap.ts";
import { ControlConnection } from "./control-connection.node.ts";
import { ControlPortError } from "./control-reply.ts";

/** A Tor that accepts connections. */
export interface FoundTor {
  /** Where it accepts SOCKS connections. */
  readonly socks: SocketAddress;
  /** Where it was found, for people. */
  readonly description: string;
}

/** The control ports of a system's Tor (the first two) and of Tor Browser. */
const CONTROL_PORTS: readonly SocketAddress[] = [
  { path: "/var/run/tor/control" },
  { host: "127.0.0.1", port: 9051 },
  { host: "127.0.0.1", port: 9151 },
];
/** Their SOCKS ports, which are open to users that may not use the control port. */
const SOCKS_PORTS: readonly SocketAddress[] = [
  { host: "127.0.0.1", port: 9050 },
  { host: "127.0.0.1", port: 9150 },
];

const ADVICE =
  "Start Tor (on Debian: apt install tor) or Tor Browser, or have a private Tor launched (on the command line: --launch-tor).";

/**
 * Finds the Tor with the given control port, `tcp:HOST:PORT` or `unix:PATH`.
 * @throws {NoTorError} if there is no Tor, or it does not let this program in
 */
export async function torAt(controlPort: string, options: BootstrapOptions): Promise<FoundTor> {
  const place = parseSocketAddress(controlPort);
  const named = printable(controlPort);
  if (place === undefined) {
    throw new NoTorError(`${named} is not a control port of Tor. Write it as tcp:HOST:PORT or unix:PATH.`);
  }
  try {
    return await atControlPort(place, options);
  } catch (error) {
    options.signal.throwIfAborted();
    if (error instanceof NoTorError) throw error;
    throw new NoTorError(`The control port of Tor at ${named} cannot be used: ${reasonOf(error)}. ${ADVICE}`, {
      cause: error,
    });
  }
}

/**
 * Finds the first Tor in the usual places. If no control port lets this program in, a SOCKS port is enough.
 * @throws {NoTorError} if there is no Tor, with all places that were tried
 */
export async function usualTor(options: BootstrapOptions): Promise<FoundTor> {
  const tried: string[] = [];
  for (const [places, find] of [
    [CONTROL_PORTS, atControlPort],
    [SOCKS_PORTS, atSocksPort],
  ] as const) {
    for (const place of places) {
      try {
        return await find(place, options);
      } catch (error) {
        options.signal.throwIfAborted();
        if (error instanceof NoTorError) throw error;
        tried.push(`${socketAddressText(place)} (${reasonOf(error)})`);
      }
    }
  }
  throw new NoTorError(`There is no Tor in the usual places: ${tried.join(", ")}. ${ADVICE}`);
}

async function atControlPort(place: SocketAddress, options: BootstrapOptions): Promise<FoundTor> {
  const control = await ControlConnection.open(place, options);
  try {
    await bootstrapped(control, options);
    return { socks: await socksPlace(control, options), description: `control port ${socketAddressText(place)}` };
  } finally {
    control.close();
  }
}

async function atSocksPort(place: SocketAddress, options: BootstrapOptions): Promise<FoundTor> {
  if (!(await greets(place, options))) throw new ControlPortError("it is not a SOCKS proxy");
  return { socks: place, description: `SOCKS port ${socketAddressText(place)}` };
}

/**
 * Returns the first of a Tor's SOCKS ports that answers.
 * @throws {ControlPortError} if no port answers
 */
export async function socksPlace(control: ControlConnection, options: { signal: AbortSignal }): Promise<SocketAddress> {
  for (const place of await control.socksPlaces()) {
    if (await greets(place, options).catch(() => false)) return place;
  }
  throw new ControlPortError("it accepts no SOCKS connections: set SocksPort in the configuration of Tor");
}
