import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Address } from "./messages.ts";

/**
 * Where a connection comes from: the TCP peer, or what a proxy in front of this server says in `X-Real-IP` and
 * `X-Real-Port`. Those are believed only if the operator has said that there is such a proxy.
 */
export function addressOf(request: IncomingMessage, trustProxy: boolean): Address {
  const { remoteAddress = "", remotePort } = request.socket;
  const stated = trustProxy ? header(request, "x-real-ip") : "";
  if (isIP(stated) > 0) return address(stated, Number(header(request, "x-real-port")));
  return address(remoteAddress, remotePort ?? 0);
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value.trim() : "";
}

function address(host: string, port: number): Address {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, "");
  const known = Number.isInteger(port) && port > 0 && port < 65536 ? { port } : {};
  if (isIP(plain) === 0) return known;
  return isIP(plain) === 4 ? { ...known, ipv4: plain } : { ...known, ipv6: plain };
}
