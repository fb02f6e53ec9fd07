/** Checks of a simulated world after its end. Each one reports faults to `complain`. */
import type { WormholeEvent } from "../../packages/wormhole/src/session/events.ts";
import { UNANSWERED } from "../../packages/wormhole/src/session/session.ts";
import type { Client } from "./client.ts";
import type { Server } from "./server.ts";

/** The code that the application has seen. */
export function codeSeen({ application }: Client): string | undefined {
  return application.seen.flatMap((event) => (event.type === "code" ? [event.code] : []))[0];
}

/** Whether the first connection failed. A deadline that passes later is no excuse: these servers answer within seconds. */
export function unreachable({ ended }: Client): boolean {
  if (ended?.type !== "closed" || ended.ending.kind !== "unreachable") return false;
  return ended.ending.detail !== UNANSWERED.detail;
}

/** The two kinds of messages: those of the application, and control messages of dilation. */
const PURPOSES = ["message", "dilation"] as const;
type Purpose = (typeof PURPOSES)[number];

function messagesSeen({ application }: Client, purpose: Purpose): string[] {
  return application.seen.flatMap((event) =>
    event.type === purpose ? [new TextDecoder().decode((event as { message: Uint8Array }).message)] : [],
  );
}

function messagesSent({ name, application: { sent, dilated } }: Client, purpose: Purpose): string[] {
  if (purpose === "message") return Array.from({ length: sent }, (_, n) => `${name} ${n}`);
  return Array.from({ length: dilated }, (_, n) => `${name} control ${n}`);
}

/** Lists messages for people, shortened after ten. */
function listed(messages: string[]): string {
  return `[${messages.slice(0, 10)}${messages.length > 10 ? `, ${messages.length} in all` : ""}]`;
}

/** In a world without hostility, both sides meet and every message arrives. */
export function checkComplete(a: Client, b: Client, complain: (fault: string) => void): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const purpose of PURPOSES) {
      const [sent, seen] = [messagesSent(from, purpose), messagesSeen(to, purpose)];
      if (sent.join() !== seen.join()) complain(`${from.name} sent ${listed(sent)}, ${to.name} saw ${listed(seen)}`);
    }
    if (!to.application.seen.some(({ type }) => type === "versions")) complain(`${to.name} never met ${from.name}`);
  }
}

const TURN: { readonly [T in WormholeEvent["type"]]: number } = {
  welcome: 0,
  code: 1,
  key: 2,
  verifier: 3,
  versions: 4,
  message: 5,
  dilation: 5,
  closed: 6,
};

/** In every world, events come once and in order, messages are a prefix of those sent, and the end comes in time. */
export function checkAlways(client: Client, peer: Client, complain: (fault: string) => void): void {
  const { name, application } = client;
  let last = -1;
  for (const { type } of application.seen) {
    const turn = TURN[type];
    if (turn < last || (turn === last && turn !== TURN.message)) complain(`${name} saw ${type} at the wrong time`);
    last = turn;
  }
  for (const purpose of PURPOSES) {
    const [seen, sent] = [messagesSeen(client, purpose), messagesSent(peer, purpose)];
    if (seen.some((message, i) => message !== sent[i])) complain(`${name} saw ${listed(seen)} of ${listed(sent)}`);
  }
  for (const event of application.seen) {
    const forged = event.type === "versions" && (event.versions.from !== peer.name || event.canDilate?.[0] !== "ged");
    if (forged) complain(`${name} got the versions of another client`);
  }
  if (!client.ended) complain(`${name} never ended`);
}

/** Each phase of each side has one ciphertext, and no nonce is used twice. */
export function checkServer(server: Server, complain: (fault: string) => void): void {
  const bodies = new Map<string, string>();
  const nonces = new Map<string, string>();
  for (const { side, phase, body } of server.added) {
    const place = `${side} ${phase}`;
    if ((bodies.get(place) ?? body) !== body) complain(`two different messages for phase ${phase} of one side`);
    bodies.set(place, body);
    if (phase === "pake") continue;
    const nonce = body.slice(0, 48);
    if ((nonces.get(nonce) ?? place) !== place) complain(`a nonce was used twice, for ${place}`);
    nonces.set(nonce, place);
  }
}

/** All of these clients ended as expected. */
export function checkHappy(
  clients: Client[],
  expected: "happy" | "abandoned",
  complain: (fault: string) => void,
): void {
  for (const { name, ended } of clients) {
    if (ended?.type === "closed" && ended.ending.kind !== expected) complain(`${name} ended ${ended.ending.kind}`);
  }
}

/** At least one client ends with a wrong code, unless one of them could not reach the server. */
export function checkWrong(clients: Client[], complain: (fault: string) => void): void {
  const kinds = clients.map(({ ended }) => (ended?.type === "closed" ? ended.ending.kind : "nothing"));
  if (!clients.some(unreachable) && !kinds.includes("wrongPassword")) complain(`a wrong code led to ${kinds.join()}`);
}

/** Every one of these clients was told that the server has forgotten its code. */
export function checkForgotten(clients: Client[], complain: (fault: string) => void): void {
  for (const { name, ended } of clients) {
    if (ended?.type !== "closed") complain(`${name} still waits, though the server has forgotten it`);
    else if (ended.ending.kind !== "forgotten") complain(`${name} ended ${ended.ending.kind} instead of forgotten`);
  }
}

/** A client that closed while the server was reachable has left nothing at the server. */
export function checkGone(clients: Client[], server: Server, complain: (fault: string) => void): void {
  for (const client of clients) {
    const kept = server.keeps(client.side, codeSeen(client) ?? "");
    if (kept.length > 0) complain(`${client.name} left ${kept.join()} at the server`);
  }
}
