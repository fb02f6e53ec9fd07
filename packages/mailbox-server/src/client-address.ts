/** The address of a client, as the welcome reports it. */
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { ClientAddress } from "./messages.ts";

/**
 * Returns the address of the TCP peer, or the one that a proxy in front of this server reports in `X-Real-IP` and
 * `X-Real-Port`. The headers count only if the operator has declared that there is such a proxy.
 */
export function addressOf(request: IncomingMessage, trustProxy: boolean): ClientAddress {
  const { remoteAddress = "", remotePort } = request.socket;
  const reported = trustProxy ? header(request, "x-real-ip") : "";
  if (isIP(reported) > 0) return address(reported, Number(header(request, "x-real-port")));
  return address(remoteAddress, remotePort ?? 0);
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value.trim() : "";
}

/** An invalid host or port is left out. An IPv4 address mapped to IPv6 is reported as IPv4. */
function address(host: string, port: number): ClientAddress {
  const plain = host.replace(/^::ffff:(?=\d+\.)/i, "");
  const valid = Number.isInteger(port) && port > 0 && port < 65536 ? { port } : {};
  if (isIP(plain) === 0) return valid;
  return isIP(plain) === 4 ? { ...valid, ipv4: plain } : { ...valid, ipv6: plain };
}
