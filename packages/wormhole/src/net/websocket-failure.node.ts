/** Classifies the errors with which a WebSocket of the package `ws` fails to open or closes. */
import { messageOf } from "../base/caught.ts";
import type { ConnectionFailure } from "../errors.ts";
import { failureOf } from "./system-errors.ts";

/** The codes that OpenSSL and Node use for faults of a certificate or of the TLS handshake. */
const TLS =
  /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH|EPROTO)/;

/** The messages of OpenSSL if the server does not use TLS. */
const NO_TLS = /wrong version number|packet length too long|http request/i;

/** Returns the kind of failure for an error of `ws`. */
export function socketFailure(error: Error & { code?: unknown }): ConnectionFailure {
  const { code } = error;
  if (NO_TLS.test(error.message)) return "not-a-mailbox-server";
  // The answer does not belong to a WebSocket handshake. `ws` reports that without a code, Node's HTTP parser with one.
  if (typeof code !== "string" || code.startsWith("HPE_")) return "not-a-mailbox-server";
  if (TLS.test(code)) return "tls";
  return failureOf(code) ?? "other";
}

/** The text of an error. If several addresses were tried, its own message is empty, so the messages of all are joined. */
export function errorText(error: Error): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map((one: unknown) => messageOf(one)).join("; ");
  }
  if (NO_TLS.test(error.message)) return "it does not speak TLS: perhaps the address begins with ws:, not wss:";
  return error.message;
}
