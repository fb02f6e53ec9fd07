/** What may be wrong with the address of a mailbox server, or with what stands in front of it. */
import { printable } from "../base/printable.ts";

/** The path at which mailbox servers answer. */
const PATH = "/v1";

/** The sentence for an address that no mailbox server can have. */
export function explainBadUrl(url: string): string {
  const proposal = proposed(url);
  const advice = proposal === undefined ? "It should look like wss://example.com/v1." : `Did you mean ${proposal}?`;
  return `${printable(url)} is not the address of a mailbox server. ${advice}`;
}

/** The sentence for an answer that is no mailbox server's. `detail` is untrusted: `HTTP 404 Not Found`, or other words. */
export function explainWrongAnswer(url: string, detail: string): string {
  const server = printable(url);
  const because = printable(detail);
  const [, status] = /^HTTP (\d{3})\b/.exec(detail) ?? [];
  if (status === "426") {
    return `A proxy in front of ${server} does not pass WebSockets on (${because}). It has to forward the headers Upgrade and Connection.`;
  }
  if (status === "502" || status === "503" || status === "504") {
    return `The mailbox server at ${server} is down: only a proxy in front of it answers (${because}). Try again later.`;
  }
  const proposal = proposed(url);
  const advice =
    proposal === undefined
      ? "Check the address, or whether your network wants you to log in first."
      : `Did you mean ${proposal}?`;
  return `Something answers at ${server}, but it is not a mailbox server (${because}). ${advice}`;
}

/** The address that was probably meant: with the scheme of a WebSocket, and with a path. Undefined if it has both. */
function proposed(url: string): string | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  const isHost = /^[a-z0-9.-]+(?::\d+)?(?:\/.*)?$/i.test(url) && /[.:]|^localhost/.test(url);
  if (!hasScheme && !isHost) return undefined;
  const full = hasScheme ? url.replace(/^http(?=s?:)/i, "ws") : `ws://${url}`;
  if (!/^wss?:/i.test(full) || !URL.canParse(full)) return undefined;
  const address = new URL(full);
  if (address.pathname === "/") address.pathname = PATH;
  return address.href === url ? undefined : printable(address.href);
}
