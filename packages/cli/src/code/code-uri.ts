/** URIs that carry a code: the form of `uri-scheme.md` in magic-wormhole-protocols, and that of wormhole-william. */
import { KeyFormatError } from "@wormhole-ts/wormhole";

/** A code as a person types or pastes it, with the further fields of a URI. */
export interface CodeUri {
  readonly code: string;
  /** The mailbox server as the URI names it: a `ws:` or `wss:` URL. Absent: the usual one. */
  readonly rendezvous?: string;
  /** The role of the reader of the URI: a `follower` receives, a `leader` sends. */
  readonly role: "follower" | "leader";
}

const SCHEME = /^(wormhole(?:-transfer)?):/i;

/** Whether a text is meant as a code URI, valid or not. */
export function isCodeUri(text: string): boolean {
  return SCHEME.test(text);
}

/**
 * Parses a code URI. Unknown fields of the query are ignored, as in other programs.
 * @throws {KeyFormatError} if it is invalid; the message says why
 */
export function parseCodeUri(text: string): CodeUri {
  const scheme = SCHEME.exec(text);
  if (scheme === null) throw new KeyFormatError("This is not a wormhole link. A link begins with wormhole-transfer:");
  const rest = text.slice(scheme[0].length);
  const mark = rest.indexOf("?");
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : rest.slice(mark + 1));
  return scheme[1]?.toLowerCase() === "wormhole" ? williamUri(path, query) : standardUri(path, query);
}

/** `wormhole-transfer:CODE?version=0&rendezvous=URL&role=follower` */
function standardUri(path: string, query: URLSearchParams): CodeUri {
  if (path.startsWith("//")) throw new KeyFormatError("A wormhole link names no host: wormhole-transfer:CODE");
  const version = query.get("version") ?? "0";
  if (version !== "0") throw new KeyFormatError("This link has a newer format than this program supports.");
  const role = query.get("role") ?? "follower";
  if (role !== "follower" && role !== "leader") {
    throw new KeyFormatError("This link has a role that is neither follower nor leader.");
  }
  const rendezvous = query.get("rendezvous");
  const code = requireCode(decode(path));
  return rendezvous === null ? { code, role } : { code, role, rendezvous: webSocketUrl(rendezvous) };
}

/** `wormhole:RENDEZVOUS_URL?code=CODE`, which wormhole-william shows as a QR code; or `wormhole:CODE`. */
function williamUri(path: string, query: URLSearchParams): CodeUri {
  if (/^\d/.test(path) && !query.has("code")) return { code: decode(path), role: "follower" };
  const code = requireCode(query.get("code") ?? "");
  return path === "" ? { code, role: "follower" } : { code, role: "follower", rendezvous: webSocketUrl(decode(path)) };
}

/**
 * Finds a link to a web page in a text, with the code in its fragment or in the field `code` of its query. Returns nothing
 * if there is no such link, or no code in it.
 */
export function linkIn(text: string): CodeUri | undefined {
  const address = /https?:\/\/\S+/i.exec(text)?.[0];
  if (address === undefined || !URL.canParse(address)) return undefined;
  const { hash, searchParams } = new URL(address);
  const code = [hash.slice(1), searchParams.get("code") ?? ""]
    .map(decode)
    .find((part) => /^\/?\p{Nd}+\P{L}/u.test(part));
  return code === undefined ? undefined : { code: code.replace(/^\//, ""), role: "follower" };
}

function requireCode(code: string): string {
  if (code === "") throw new KeyFormatError("This link contains no code.");
  return code;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new KeyFormatError("This link is damaged: it contains an invalid % sequence.", { cause });
  }
}

function webSocketUrl(text: string): string {
  if (URL.canParse(text) && /^wss?:$/.test(new URL(text).protocol)) return text;
  throw new KeyFormatError("This link names a mailbox server whose address does not begin with ws: or wss:");
}

/** Completes the address of a mailbox server: URIs usually leave out its path `/v1`. */
export function mailboxUrl(rendezvous: string): string {
  const url = new URL(rendezvous);
  if (url.pathname === "/") url.pathname = "/v1";
  return url.href;
}
