/** Links that carry a code: `uri-scheme.md` of magic-wormhole-protocols, and the form that wormhole-william prints. */
import { KeyFormatError } from "@wormhole-ts/wormhole";

export interface Link {
  readonly code: string;
  /** The mailbox server as the link names it, a `ws:` or `wss:` URL. Absent: the usual one. */
  readonly rendezvous?: string;
  /** What whoever reads the link is to do: a follower receives, a leader sends. */
  readonly role: "follower" | "leader";
}

const SCHEME = /^(wormhole(?:-transfer)?):/i;

/** Whether this is meant as a link, right or wrong. */
export function isLink(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Takes a link apart. Fields of the query that are not known are ignored, as other programs do.
 * @throws {KeyFormatError} that says what is wrong with it
 */
export function parseLink(text: string): Link {
  const scheme = SCHEME.exec(text);
  if (scheme === null) throw new KeyFormatError("This is not a wormhole link: one begins with wormhole-transfer:");
  const rest = text.slice(scheme[0].length);
  const mark = rest.indexOf("?");
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : rest.slice(mark + 1));
  return scheme[1]?.toLowerCase() === "wormhole" ? foreignLink(path, query) : standardLink(path, query);
}

/** `wormhole-transfer:CODE?version=0&rendezvous=URL&role=follower` */
function standardLink(path: string, query: URLSearchParams): Link {
  if (path.startsWith("//")) throw new KeyFormatError("A wormhole link names no host: wormhole-transfer:CODE");
  const version = query.get("version") ?? "0";
  if (version !== "0") throw new KeyFormatError("This link is of a newer kind than this program understands.");
  const role = query.get("role") ?? "follower";
  if (role !== "follower" && role !== "leader") {
    throw new KeyFormatError("This link has a role that is neither follower nor leader.");
  }
  const rendezvous = query.get("rendezvous");
  const code = present(decode(path));
  return rendezvous === null ? { code, role } : { code, role, rendezvous: webSocketUrl(rendezvous) };
}

/** `wormhole:RENDEZVOUS_URL?code=CODE`, which wormhole-william shows as a QR code. */
function foreignLink(path: string, query: URLSearchParams): Link {
  const code = present(query.get("code") ?? "");
  return path === "" ? { code, role: "follower" } : { code, role: "follower", rendezvous: webSocketUrl(decode(path)) };
}

function present(code: string): string {
  if (code === "") throw new KeyFormatError("This link has no code in it.");
  return code;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new KeyFormatError("This link is damaged: it has a % that encodes nothing.", { cause });
  }
}

function webSocketUrl(text: string): string {
  if (URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol)) return text;
  throw new KeyFormatError("This link names a mailbox server whose address does not begin with ws: or wss:");
}

/** The address that is really dialled: links leave out the `/v1` by habit. */
export function mailboxUrl(rendezvous: string): string {
  const url = new URL(rendezvous);
  if (url.pathname === "/") url.pathname = "/v1";
  return url.href;
}
