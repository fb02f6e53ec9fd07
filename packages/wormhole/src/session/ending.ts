/** How a wormhole ended: as plain data, as the mood for the server, and as the error for the application. */

import { printable } from "../base/printable.ts";
import { oneOf, type Shape, text, variantsBy } from "../base/shape.ts";
import {
  type ConnectionFailure,
  LonelyError,
  ServerConnectionError,
  ServerError,
  type ServerErrorCode,
  WelcomeError,
  type WormholeError,
  WrongPasswordError,
} from "../errors.ts";
import { explainBadUrl, explainWrongAnswer } from "./address-advice.ts";
import type { Mood } from "./messages.ts";

/** How a wormhole ended. */
export type Ending =
  | { kind: "happy" }
  /** The server could not be reached in the end, so it has not confirmed that everything is released. */
  | { kind: "abandoned" }
  | { kind: "lonely" }
  | { kind: "wrongPassword" }
  | { kind: "welcome"; reason: string }
  | { kind: "server"; reason: string }
  /** The server has lost the nameplate of this wormhole. */
  | { kind: "forgotten" }
  | { kind: "unreachable"; failure: ConnectionFailure; detail: string };

/** The shape of an {@link Ending} in a saved state. */
export const endingShape: Shape<Ending> = variantsBy<Ending, "kind">("kind", {
  happy: {},
  abandoned: {},
  lonely: {},
  wrongPassword: {},
  welcome: { reason: text },
  server: { reason: text },
  forgotten: {},
  unreachable: {
    failure: oneOf<ConnectionFailure>({
      "bad-url": true,
      "unknown-host": true,
      refused: true,
      unreachable: true,
      timeout: true,
      "not-a-mailbox-server": true,
      tls: true,
      closed: true,
      "too-large": true,
      other: true,
    }),
    detail: text,
  },
});

/** The mood that is sent to the server. */
export function moodOf(ending: Ending): Mood {
  return MOODS[ending.kind];
}

const MOODS: { readonly [K in Ending["kind"]]: Mood } = {
  happy: "happy",
  abandoned: "happy",
  lonely: "lonely",
  wrongPassword: "scary",
  welcome: "unwelcome",
  server: "errory",
  forgotten: "errory",
  unreachable: "errory",
};

/**
 * The result for the application: `"happy"` or an error. `url` is the address of the mailbox server, and `cause` the error of
 * the system that ended the last connection, if there was one.
 */
export function errorOf(ending: Ending, url: string, cause?: unknown): "happy" | WormholeError {
  switch (ending.kind) {
    case "happy":
      return "happy";
    case "abandoned":
      return new ServerConnectionError(
        url,
        "timeout",
        `The mailbox server at ${printable(url)} could not be reached to close the wormhole. ` +
          "The last messages may not have been delivered. The rest at the server expires by itself.",
      );
    case "lonely":
      return new LonelyError();
    case "wrongPassword":
      return new WrongPasswordError();
    case "welcome":
      return new WelcomeError(ending.reason, `The mailbox server refused this client: ${printable(ending.reason)}`);
    case "server":
      return new ServerError(ending.reason, explainServer(ending.reason), { code: serverErrorCode(ending.reason) });
    case "forgotten":
      return new ServerError("the nameplate leads to another mailbox", FORGOTTEN, { code: "code-forgotten" });
    case "unreachable":
      return new ServerConnectionError(
        url,
        ending.failure,
        explainFailure(ending, url),
        cause === undefined ? undefined : { cause },
      );
  }
}

const FORGOTTEN =
  "The mailbox server has forgotten this code: it was started anew, or the code has waited for too long. " +
  "Start again with a new code.";

/** The beginning of our server's error for a mailbox that has taken all the messages that it may. */
const FULL = "the mailbox is full";

function serverErrorCode(reason: string): ServerErrorCode {
  if (reason === "crowded") return "crowded";
  return reason.startsWith(FULL) ? "mailbox-full" : "server-error";
}

/** Explains the errors that occur in practice. Any other error is quoted. */
function explainServer(reason: string): string {
  if (reason === "crowded") {
    return "Two other programs already use the number of this code. Perhaps it was mistyped or used before: get a new code.";
  }
  if (reason.startsWith(FULL)) {
    return "The mailbox of this wormhole is full: large data belongs into files or streams. Start again with a new code.";
  }
  if (reason === "reclaimed") return "This code was already used. Get a new one.";
  return `The mailbox server reported an error: ${printable(reason)}`;
}

function explainFailure({ failure, detail }: { failure: ConnectionFailure; detail: string }, url: string): string {
  const server = `the mailbox server at ${printable(url)}`;
  const because = printable(detail);
  switch (failure) {
    case "bad-url":
      return explainBadUrl(url);
    case "unknown-host":
      return `Cannot find ${server}: its name does not resolve. Check the address and your network.`;
    case "refused":
      return `Cannot reach ${server}: nothing listens there. Check the address, or try again later.`;
    case "unreachable":
      return `Cannot reach ${server}: that network is unreachable. Check your network.`;
    case "timeout":
      return `Cannot reach ${server}: it did not answer in time. Check the address and your network.`;
    case "not-a-mailbox-server":
      return explainWrongAnswer(url, detail);
    case "tls":
      return `Cannot trust ${server}: its certificate is not valid (${because}).`;
    case "closed":
      return `Cannot use ${server}: it closed the connection at once.`;
    case "too-large":
      return `Cannot use ${server}: it sends messages that are too large.`;
    case "other":
      return sentence(`Cannot reach ${server}: ${because}`);
  }
}

/** A text with one mark at its end, because some systems end their messages with a full stop, and others do not. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
