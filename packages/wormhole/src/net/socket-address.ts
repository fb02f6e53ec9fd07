/** Addresses of local services and of far ends: how they are read from text, and how they are shown to people. */

/** Where a local service listens: a host and a port, or the path of a Unix socket. */
export type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const TCP = /^(?:tcp:)?(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/i;
const UNIX = /^(?:unix:)?(\/.+)$/;
/** A dual-stack socket reports IPv4 addresses in this form, for example `::ffff:192.0.2.1`. */
const IPV4_MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * Reads `tcp:HOST:PORT`, `HOST:PORT`, `PORT` (on this machine), `unix:PATH` or `/PATH`. IPv6 addresses are in brackets.
 * Returns undefined if the text is none of these.
 */
export function parseSocketAddress(text: string): SocketAddress | undefined {
  const path = UNIX.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, host = "127.0.0.1", digits = "0"] = TCP.exec(text) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65535 ? { host: host.replace(/^\[(.*)\]$/, "$1"), port } : undefined;
}

/** Formats an address for people: `127.0.0.1:9051` or `unix:/run/tor/control`. */
export function socketAddressText(address: SocketAddress): string {
  return "path" in address ? `unix:${address.path}` : hostAndPort(address.host, address.port);
}

/** Formats a host and a port for people, with IPv6 in brackets. */
export function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address without the prefix of an IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2). */
export function withoutMapping(address: string): string {
  return address.replace(IPV4_MAPPED, "");
}
