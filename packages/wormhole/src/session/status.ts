/** Computes the status of a wormhole from its session, for the application. It holds no secrets. */
import type { WormholeStatus } from "../api.ts";
import type { Session } from "./session.ts";

/** The present status of a session. */
export function sessionStatus({ link, receive, code, nameplate, mailbox }: Session): WormholeStatus {
  return {
    connection: CONNECTION[link.at],
    key: KEY[receive.at],
    code: codeStatus(code.at === "known", nameplate.at),
    unsent: "outbox" in mailbox ? mailbox.outbox.length : 0,
  };
}

const CONNECTION: { readonly [A in Session["link"]["at"]]: WormholeStatus["connection"] } = {
  fresh: "connecting",
  connecting: "connecting",
  open: "connecting",
  up: "connected",
  waiting: "disconnected",
  stopped: "closed",
};

const KEY: { readonly [A in Session["receive"]["at"]]: WormholeStatus["key"] } = {
  keyless: "none",
  unverified: "unverified",
  verified: "verified",
  undecryptable: "none",
};

function codeStatus(known: boolean, nameplate: Session["nameplate"]["at"]): WormholeStatus["code"] {
  if (!known) return "none";
  return nameplate === "releasing" || nameplate === "released" ? "used" : "known";
}
