/** Where something listens: an address and a port, or the path of a Unix socket. */
export type Place = { readonly host: string; readonly port: number } | { readonly path: string };

const TCP = /^(?:tcp:)?(?:(\[[0-9a-f:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/i;
const UNIX = /^(?:unix:)?(\/.+)$/;

/** Reads `tcp:HOST:PORT`, `HOST:PORT`, `PORT` (of this machine), `unix:PATH` or `/PATH`; IPv6 addresses in brackets. */
export function parsePlace(text: string): Place | undefined {
  const path = UNIX.exec(text)?.[1];
  if (path !== undefined) return { path };
  const [, host = "127.0.0.1", digits = "0"] = TCP.exec(text) ?? [];
  const port = Number(digits);
  return port >= 1 && port <= 65535 ? { host: host.replace(/^\[(.*)\]$/, "$1"), port } : undefined;
}

/** For people: `127.0.0.1:9051` or `unix:/run/tor/control`. */
export function placeText(place: Place): string {
  return "path" in place ? `unix:${place.path}` : address(place.host, place.port);
}

/** An address for people; IPv6 in brackets. */
export function address(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
