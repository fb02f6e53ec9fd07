/** How a wormhole ended, as plain data, and as the error that the application gets. */

import { printable } from "../base/printable.ts";
import {
  type ConnectionFailure,
  LonelyError,
  ServerConnectionError,
  ServerError,
  WelcomeError,
  type WormholeError,
  WrongPasswordError,
} from "../errors.ts";
import type { Mood } from "./messages.ts";

export type Ending =
  | { kind: "happy" }
  /** All was well, but the server was gone at the end: it has not confirmed that it released everything. */
  | { kind: "abandoned" }
  | { kind: "lonely" }
  | { kind: "wrongPassword" }
  | { kind: "welcome"; reason: string }
  | { kind: "server"; reason: string }
  | { kind: "unreachable"; failure: ConnectionFailure; detail: string };

/** What the server is told of it. */
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
  unreachable: "errory",
};

/** What the application is told of it. `url` is that of the mailbox server. */
export function errorOf(ending: Ending, url: string): "happy" | WormholeError {
  switch (ending.kind) {
    case "happy":
      return "happy";
    case "abandoned":
      return new ServerConnectionError(
        url,
        "timeout",
        `The mailbox server at ${printable(url)} was gone at the end. What was delivered was delivered, but the last ` +
          "messages may not have been, and what is left there expires by itself.",
      );
    case "lonely":
      return new LonelyError();
    case "wrongPassword":
      return new WrongPasswordError();
    case "welcome":
      return new WelcomeError(ending.reason, `The mailbox server turned us away: ${printable(ending.reason)}`);
    case "server":
      return new ServerError(ending.reason, explainServer(ending.reason));
    case "unreachable":
      return new ServerConnectionError(url, ending.failure, explainFailure(ending, url));
  }
}

/** The two answers that people meet, in plain words; others as the server gave them. */
function explainServer(reason: string): string {
  if (reason === "crowded") {
    return "Two others are using this code's number already. Perhaps it was mistyped, or used before: take a new code.";
  }
  if (reason === "reclaimed") return "This code was used already. Take a new one.";
  return `The mailbox server reported an error: ${printable(reason)}`;
}

function explainFailure({ failure, detail }: { failure: ConnectionFailure; detail: string }, url: string): string {
  const server = `the mailbox server at ${printable(url)}`;
  const because = printable(detail);
  switch (failure) {
    case "bad-url":
      return `${printable(url)} is not the address of a mailbox server: it should look like wss://example.com/v1.`;
    case "unknown-host":
      return `Cannot find ${server}: its name does not resolve. Check the address and your network.`;
    case "refused":
      return `Cannot reach ${server}: nothing listens there. Check the address, or try again later.`;
    case "unreachable":
      return `Cannot reach ${server}: there is no way to that network. Check your network.`;
    case "timeout":
      return `Cannot reach ${server}: it did not answer in time. Check the address and your network.`;
    case "not-a-mailbox-server":
      return `Something answers at ${printable(url)}, but it is not a mailbox server (${because}). Check the address, or whether your network wants you to log in first.`;
    case "tls":
      return `Cannot trust ${server}: its certificate is not good (${because}).`;
    case "closed":
      return `Cannot use ${server}: it closed the connection at once.`;
    case "too-large":
      return `Cannot use ${server}: it sends messages that are too large.`;
    case "other":
      return `Cannot reach ${server}: ${because}.`;
  }
}
