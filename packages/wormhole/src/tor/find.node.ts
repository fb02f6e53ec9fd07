import { printable } from "../base/printable.ts";
import { NoTorError } from "../errors.ts";
import { parseSocketAddress, type SocketAddress, socketAddressText } from "../net/socket-address.ts";
import { greets } from "../net/socks.node.ts";
import { reasonOf } from "../net/system-errors.ts";
import { type BootstrapOptions, bootstrapped } from "./bootstrap.ts";
import { ControlPort } from "./control-port.node.ts";

/** A Tor that takes our connections. */
export interface Found {
  readonly socks: SocketAddress;
  /** Where it is, for people. */
  readonly description: string;
}

/** Where the Tor of a system, and that of a Tor Browser, can be asked. */
const CONTROL_PORTS: readonly SocketAddress[] = [
  { path: "/var/run/tor/control" },
  { host: "127.0.0.1", port: 9051 },
  { host: "127.0.0.1", port: 9151 },
];
/** Where they take connections, of people, too, whom they do not obey. */
const SOCKS_PORTS: readonly SocketAddress[] = [
  { host: "127.0.0.1", port: 9050 },
  { host: "127.0.0.1", port: 9150 },
];

const ADVICE =
  "Start Tor (on Debian: apt install tor) or Tor Browser, or have a private Tor launched (on the command line: --launch-tor).";

/**
 * The Tor whose control port was given, as `tcp:HOST:PORT` or `unix:PATH`.
 * @throws {NoTorError} if it is not there, or does not let us in
 */
export async function torAt(controlPort: string, options: BootstrapOptions): Promise<Found> {
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
 * The first Tor in the usual places: the control ports are asked, and where none lets us in, a proxy will do.
 * @throws {NoTorError} if there is none
 */
export async function usualTor(options: BootstrapOptions): Promise<Found> {
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

async function atControlPort(place: SocketAddress, options: BootstrapOptions): Promise<Found> {
  const control = await ControlPort.open(place, options);
  try {
    await bootstrapped(control, options);
    return { socks: await socksPlace(control, options), description: `control port ${socketAddressText(place)}` };
  } finally {
    control.close();
  }
}

async function atSocksPort(place: SocketAddress, options: BootstrapOptions): Promise<Found> {
  if (!(await greets(place, options))) throw new Error("what answers there is no SOCKS proxy");
  return { socks: place, description: `SOCKS port ${socketAddressText(place)}` };
}

/** The first place where a Tor really takes our connections. */
export async function socksPlace(control: ControlPort, options: { signal: AbortSignal }): Promise<SocketAddress> {
  for (const place of await control.socksPlaces()) {
    if (await greets(place, options).catch(() => false)) return place;
  }
  throw new Error("this Tor takes no connections: set SocksPort in its configuration");
}
