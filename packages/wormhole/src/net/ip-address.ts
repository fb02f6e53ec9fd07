/** IP addresses as numbers: every spelling of one address means the same. */

/** The four numbers of an IPv4 address, or the sixteen of an IPv6 address. */
export type IpAddress = readonly number[];

const DECIMAL = /^(?:0|[1-9]\d{0,2})$/;
const HEXTET = /^[0-9a-f]{1,4}$/i;

/** Reads an IPv4 address in its usual form or an IPv6 address in any form. Returns undefined for any other text. */
export function parseIp(text: string): IpAddress | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/**
 * The IPv4 address that an address leads to: itself, or the one inside an IPv6 address (mapped, compatible, translated or
 * tunnelled: RFC 4291 section 2.5.5, RFC 6052, RFC 3056). Undefined for other addresses.
 */
export function ipv4Inside(address: IpAddress): IpAddress | undefined {
  if (address.length === 4) return address;
  const begins = (...start: number[]) => start.every((byte, i) => address[i] === byte);
  const zeros = Array.from({ length: 10 }, () => 0);
  if (begins(...zeros, 0xff, 0xff)) return address.slice(12);
  // `::` and `::1` are addresses of their own.
  if (begins(...zeros, 0, 0) && !begins(...zeros, 0, 0, 0, 0, 0)) return address.slice(12);
  if (begins(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0)) return address.slice(12);
  if (begins(0x20, 0x02)) return address.slice(2, 6);
  return undefined;
}

/** Whether a host is written as a number, in a form that systems resolve as an address: `2852039166`, `0xa9fea9fe`, `010.1`. */
export function looksNumeric(host: string): boolean {
  return /(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$/i.test(host);
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => DECIMAL.test(part))) return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 255) ? numbers : undefined;
}

function parseIpv6(text: string): IpAddress | undefined {
  const [head = "", tail, ...more] = text.split("::");
  if (more.length > 0) return undefined;
  const first = parseHextets(head, tail === undefined);
  if (tail === undefined) return first?.length === 16 ? first : undefined;
  const last = parseHextets(tail, true);
  if (first === undefined || last === undefined) return undefined;
  const missing = 16 - first.length - last.length;
  return missing < 2 ? undefined : [...first, ...Array.from({ length: missing }, () => 0), ...last];
}

/** Reads hexadecimal groups. The last one may be an IPv4 address if `isEnd`. */
function parseHextets(text: string, isEnd: boolean): number[] | undefined {
  if (text === "") return [];
  const groups = text.split(":");
  const ipv4 = isEnd ? parseIpv4(groups.at(-1) ?? "") : undefined;
  const hextets = ipv4 ? groups.slice(0, -1) : groups;
  if (!hextets.every((group) => HEXTET.test(group))) return undefined;
  const bytes = hextets.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
  return [...bytes, ...(ipv4 ?? [])];
}
