/** Words for facts that several sentences name: paths, spans of time. */
import { type Printable, printable } from "@wormhole-ts/wormhole";
import { count } from "./size.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A path in quotes. It is never cut, so that it can be copied. */
export const quoted = (path: string): string => `'${whole(path)}'`;

/** A path as it is, without quotes. It is never cut, so that it can be copied. */
export const whole = (path: string): Printable => printable(path, { width: Number.POSITIVE_INFINITY });

/** A span of time in words: `40 seconds`, `2 minutes`, `1 hour 5 minutes`. */
export function spanInWords(seconds: number): string {
  if (seconds < MINUTE) return count(Math.round(seconds), "second");
  if (seconds < HOUR) return count(Math.floor(seconds / MINUTE), "minute");
  const minutes = Math.floor((seconds % HOUR) / MINUTE);
  const hours = count(Math.floor(seconds / HOUR), "hour");
  return minutes === 0 ? hours : `${hours} ${count(minutes, "minute")}`;
}

/**
 * The description of a connection in words. It is `->tcp:HOST:PORT`, `->relay:tcp:HOST:PORT` or `<-HOST:PORT`, with `tor`
 * in front if it goes through Tor.
 */
export function connectionInWords(description: string): string {
  const [, tor, arrow, relay, address] = /^(tor)?(->|<-)(relay:)?(?:tcp:)?(.+)$/s.exec(description) ?? [];
  if (address === undefined) return printable(description);
  const shown = printable(address);
  if (relay !== undefined) return `through ${tor === undefined ? "" : "Tor and "}the relay ${shown}`;
  return `${tor === undefined ? "directly" : "through Tor"} ${arrow === "->" ? "to" : "from"} ${shown}`;
}

/** An error's list of connections in words. */
export const withoutArrows = (text: string): string =>
  text.replace(/(?:tor)?->relay:tcp:/g, "relay ").replace(/(?:tor)?->tcp:/g, "");
