/** Why a WebSocket of the package `ws` did not open or was closed. */
import type { ConnectionFailure } from "../errors.ts";
import { failureOf } from "./system-errors.ts";

/** The names that OpenSSL and Node give to faults of a certificate or of the TLS handshake. */
const TLS =
  /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_|PATH_LENGTH|EPROTO)/;

/** The messages of OpenSSL if the answer was not TLS at all. */
const NO_TLS = /wrong version number|packet length too long|http request/i;

/** The kind of failure that an error of `ws` stands for. */
export function socketFailure(error: Error & { code?: unknown }): ConnectionFailure {
  const { code } = error;
  if (NO_TLS.test(error.message)) return "not-a-mailbox-server";
  // The answer was not the answer to a WebSocket handshake. `ws` reports that without a code, Node's HTTP parser with
  // one.
  if (typeof code !== "string" || code.startsWith("HPE_")) return "not-a-mailbox-server";
  if (TLS.test(code)) return "tls";
  return failureOf(code) ?? "other";
}

/** The message of an error. If several addresses were tried, the error's own message is empty and theirs are joined. */
export function errorText(error: Error): string {
  if (error instanceof AggregateError && error.message === "") {
    return error.errors.map((one: unknown) => (one instanceof Error ? one.message : String(one))).join("; ");
  }
  if (NO_TLS.test(error.message)) return "it does not speak TLS: perhaps the address begins with ws:, not wss:";
  return error.message;
}
