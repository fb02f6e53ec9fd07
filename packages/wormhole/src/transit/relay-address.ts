/** Reads the address of a relay as people write it. For hints in JSON, see `hints.ts`. */
import { printable } from "../base/printable.ts";
import { TransitError } from "../errors.ts";
import type { Endpoint } from "./hints.ts";

/** Hexadecimal digits and colons, perhaps with an IPv4 address at the end. The system checks the rest at dialling. */
const IPV6 = /^[0-9a-f:]*:[0-9a-f:]*(?:\d+\.\d+\.\d+\.\d+)?$/i;

/**
 * Reads the address of a relay: `tcp:HOST:PORT`, with an IPv6 address in brackets, optionally followed by
 * `:priority=0.5`. Use it to check an address before a transit or a transfer is made with it.
 * @throws {TransitError} if the text is invalid. The message names the mistake
 *
 * @example
 * parseRelay("tcp:relay.example:4001"); // { host: "relay.example", port: 4001, priority: 0 }
 */
export function parseRelay(text: string): Endpoint {
  if (!text.startsWith("tcp:")) refuse(text, "it does not begin with tcp:");
  const parts = /^tcp:(\[[^\]]*\]|[^:]*):([^:]*)(?::(.*))?$/.exec(text);
  if (parts === null) refuse(text, "the port is missing");
  const [, host = "", port = "", options = ""] = parts;
  return { host: parseHost(text, host), port: parsePort(text, port), priority: parsePriority(text, options) };
}

function parseHost(text: string, host: string): string {
  if (host === "") refuse(text, "the host is missing");
  if (!host.startsWith("[")) return host;
  const address = host.slice(1, -1);
  if (!IPV6.test(address)) refuse(text, "the brackets do not hold an IPv6 address");
  return address;
}

function parsePort(text: string, port: string): number {
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (number < 1 || number > 65535) refuse(text, "the port is not a number from 1 to 65535");
  return number;
}

/** Unknown options are ignored, as the Python program does. */
function parsePriority(text: string, options: string): number {
  const value = options
    .split(":")
    .find((option) => option.startsWith("priority="))
    ?.slice("priority=".length);
  const priority = Number(value ?? 0);
  if (value === "" || !Number.isFinite(priority)) refuse(text, "the priority is not a number");
  return priority;
}

function refuse(text: string, why: string): never {
  throw new TransitError(`"${printable(text)}" is not a relay: ${why}. Write it as tcp:HOST:PORT.`);
}
