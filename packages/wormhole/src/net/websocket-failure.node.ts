import type { ConnectionFailure } from "../errors.ts";

/** The codes of the system, and of the resolver, that mean something of their own. */
const BY_CODE: Readonly<Record<string, ConnectionFailure>> = {
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "unknown-host",
  EAI_NODATA: "unknown-host",
  ECONNREFUSED: "refused",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  ETIMEDOUT: "timeout",
  ECONNRESET: "closed",
  EPIPE: "closed",
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: "too-large",
};

/** OpenSSL's and Node's names for what is wrong with a certificate, or with the talk before it. */
const TLS =
  /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH|EPROTO)/;

/** OpenSSL's words when what answered it was no TLS at all. */
const NO_TLS = /wrong version number|packet length too long|http request/i;

/** Why a WebSocket did not open. */
export function socketFailure(error: Error & { code?: unknown }): ConnectionFailure {
  const { code } = error;
  if (NO_TLS.test(error.message)) return "not-a-mailbox-server";
  // What came was no answer to a WebSocket's opening: `ws` says so without a code, Node's HTTP parser with one.
  if (typeof code !== "string" || code.startsWith("HPE_")) return "not-a-mailbox-server";
  if (TLS.test(code)) return "tls";
  return BY_CODE[code] ?? "other";
}

/** What an error says. One of several addresses, each tried in vain, says nothing itself. */
export function errorText(error: Error): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join("; ");
  }
  if (NO_TLS.test(error.message)) return "it does not speak TLS: perhaps the address begins with ws:, not wss:";
  return error.message;
}
