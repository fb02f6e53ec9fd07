/** One simulated world: two clients that share a code, perhaps a third who guesses, a server, and a seed of trouble. */
import type { WormholeEvent } from "../../packages/wormhole/src/session/boss.ts";
import { MAX_HELD_MESSAGES, MAX_PHASES } from "../../packages/wormhole/src/session/limits.ts";
import { Chance } from "./chance.ts";
import { Client } from "./client.ts";
import { liar } from "./liar.ts";
import { Server } from "./server.ts";
import { Timeline } from "./timeline.ts";

/** Trouble stops here, in virtual milliseconds; */
const HEALED = 60_000;
/** by now everything that can arrive has arrived: the longest pause between two attempts is a minute; */
const QUIET = 200_000;
/** and by now everybody who was asked to close has closed. */
const END = 230_000;

export type Kind = "honest" | "wrong code" | "third" | "hostile server" | "flood";

const KINDS: Kind[] = ["honest", "honest", "honest", "honest", "honest", "wrong code", "third", "hostile server"];

export interface Outcome {
  readonly kind: Kind;
  readonly faults: string[];
}

/** Plays one world to its end, and tells what was wrong with it: nothing, if all is well. */
export function play(seed: number, log: (line: string) => void = () => {}): Outcome {
  const chance = new Chance(seed);
  const time = new Timeline();
  const faults: string[] = [];
  const complain = (fault: string) => faults.push(fault);
  const kind = chance.once(400) ? "flood" : chance.pick(KINDS);
  const server = new Server(time, chance, {
    delay: chance.pick([5, 100, 3_000]),
    repeat: chance.pick([0, 0, 2, 6]),
    shuffle: chance.once(3),
    ...(chance.once(5) && { permission: chance.pick(["submit-permissions", "submit-permission"]) }),
    ...(kind === "hostile server" && { lie: liar(chance) }),
  });
  const crashes = chance.pick([0, 0, 6, 25]);
  const world = { time, server, chance, complain };
  const a = new Client("a", world, { pool: 0, crashes });
  const b = new Client("b", world, { pool: 1, crashes });
  log(`kind ${kind}, crashes ${crashes}`);

  meet(a, b, kind, time, chance);
  if (kind === "third") third(new Client("c", world, { pool: 2, crashes: 0 }), a, time, chance);
  if (kind === "flood") {
    const [messages, gap] = chance.once(6) ? [MAX_PHASES + 100, 0] : [MAX_HELD_MESSAGES + 100, 5];
    time.after(30_000, () => b.flood(messages, gap));
  }
  const early = talk([a, b], time, chance);
  trouble(server, time, chance);
  time.after(HEALED, () => {
    server.healed = true;
    server.down = false;
    a.crashes = 0;
    b.crashes = 0;
  });
  time.runUntil(QUIET);
  const complete = kind === "honest" && !early && !unreachable(a) && !unreachable(b);
  if (complete) checkComplete(a, b, complain);
  if (kind === "wrong code" && !early) checkWrong([a, b], complain);
  const last = [a, b].filter(({ ended }) => !ended);
  for (const client of last) client.close();
  const badEnd = crashes > 0 && chance.once(4);
  if (badEnd) endBadly(last, server, time);
  // One more cut, just when the server is to release everything.
  else if (chance.once(3)) time.after(chance.number(50), () => server.cutAll());
  time.runUntil(END);
  for (const client of [a, b]) checkAlways(client, client === a ? b : a, complain);
  checkServer(server, complain);
  if (complete) checkHappy([a, b], badEnd ? "abandoned" : "happy", complain);
  if (kind !== "hostile server" && kind !== "flood" && !badEnd) checkGone(last, server, complain);
  for (const client of [a, b]) log(`${client.name} saw ${client.application.seen.map(brief).join(" ")}`);
  return { kind, faults };
}

function brief(event: WormholeEvent): string {
  return event.type === "closed" ? `closed(${event.ending.kind})` : event.type;
}

/** The code gets to both, in one of the ways that codes do. */
function meet(a: Client, b: Client, kind: Kind, time: Timeline, chance: Chance): void {
  time.after(chance.number(500), () => a.start());
  time.after(chance.number(500), () => b.start());
  const [offline, typing] = [chance.once(4), chance.once(2)];
  // Processes die before they have saved what they were told: then people tell them again.
  const insist = () => {
    if (typing) b.input();
    if (offline) a.enter("77-rat-race");
    else a.allocate();
    const told = offline ? "77-rat-race" : codeSeen(a);
    if (told) b.enter(kind === "wrong code" ? `${told}x` : told);
    if (time.now < HEALED + 30_000) time.after(chance.number(1_500), insist);
  };
  time.after(chance.number(2_000), insist);
}

function codeSeen({ application }: Client): string | undefined {
  return application.seen.flatMap((event) => (event.type === "code" ? [event.code] : []))[0];
}

/** Somebody who saw the nameplate, and guesses the words. */
function third(c: Client, a: Client, time: Timeline, chance: Chance): void {
  time.after(chance.number(1_000), () => c.start());
  time.after(1_000 + chance.number(20_000), () => {
    const { code } = a.session;
    if (code.at === "known") c.enter(`${code.code.split("-")[0]}-wild-guess`);
  });
  time.after(40_000, () => c.close());
}

/** Both say a few things; true, if one of them will not wait for the end. */
function talk(clients: [Client, Client], time: Timeline, chance: Chance): boolean {
  for (const client of clients) {
    for (let messages = chance.number(5); messages > 0; messages--)
      time.after(chance.number(40_000), () => client.send());
  }
  if (!chance.once(6)) return false;
  const impatient = chance.pick(clients);
  time.after(chance.number(40_000), () => impatient.close());
  return true;
}

function trouble(server: Server, time: Timeline, chance: Chance): void {
  for (let cuts = chance.pick([0, 1, 3, 8]); cuts > 0; cuts--)
    time.after(600 + chance.number(50_000), () => server.cutSome());
  if (!chance.once(3)) return;
  const down = 1_000 + chance.number(30_000);
  time.after(down, () => {
    server.down = true;
    server.cutAll();
  });
  time.after(down + chance.number(20_000), () => {
    server.down = false;
  });
}

/** The server goes away just when everything is to be released, and processes die once more. */
function endBadly(clients: Client[], server: Server, time: Timeline): void {
  server.down = true;
  server.cutAll();
  for (const client of clients) {
    client.crashes = 3;
    time.after(15_000, () => {
      client.crashes = 0;
    });
  }
}

function unreachable(client: Client): boolean {
  return client.ended?.type === "closed" && client.ended.ending.kind === "unreachable";
}

function messagesSeen({ application }: Client): string[] {
  return application.seen.flatMap((event) =>
    event.type === "message" ? [new TextDecoder().decode(event.message)] : [],
  );
}

function messagesSent({ name, application }: Client): string[] {
  return Array.from({ length: application.sent }, (_, n) => `${name} ${n}`);
}

/** In an honest world everything arrives, and everybody is there. */
function checkComplete(a: Client, b: Client, complain: (fault: string) => void): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const [sent, seen] = [messagesSent(from).join(), messagesSeen(to).join()];
    if (sent !== seen) complain(`${from.name} sent [${sent}], ${to.name} saw [${seen}]`);
    if (!to.application.seen.some(({ type }) => type === "versions")) complain(`${to.name} never met ${from.name}`);
  }
}

const TURN = ["welcome", "code", "key", "verifier", "versions", "message", "closed"];

/** Whatever the world: events once and in order, messages a prefix of what was sent, an end in time. */
function checkAlways(client: Client, peer: Client, complain: (fault: string) => void): void {
  const { name, application } = client;
  const turns = application.seen.map(({ type }) => TURN.indexOf(type));
  turns.forEach((turn, i) => {
    const before = turns[i - 1] ?? -1;
    if (turn < before || (turn === before && TURN[turn] !== "message"))
      complain(`${name} saw ${TURN[turn]} at the wrong time`);
  });
  const [seen, sent] = [messagesSeen(client), messagesSent(peer)];
  if (seen.some((message, i) => message !== sent[i])) complain(`${name} saw [${seen}] of [${sent}]`);
  for (const event of application.seen) {
    const forged = event.type === "versions" && event.versions.from !== peer.name;
    if (forged) complain(`${name} got somebody else's versions`);
  }
  if (!client.ended) complain(`${name} never ended`);
}

/** One message for each phase of each side, however often it is sent; and no nonce twice. */
function checkServer(server: Server, complain: (fault: string) => void): void {
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

function checkHappy(clients: Client[], expected: "happy" | "abandoned", complain: (fault: string) => void): void {
  for (const { name, ended } of clients) {
    if (ended?.type === "closed" && ended.ending.kind !== expected) complain(`${name} ended ${ended.ending.kind}`);
  }
}

/** They learn that their codes differ. One of them may not, if the other gives up while it cannot reach the server. */
function checkWrong(clients: Client[], complain: (fault: string) => void): void {
  const kinds = clients.map(({ ended }) => (ended?.type === "closed" ? ended.ending.kind : "nothing"));
  if (!clients.some(unreachable) && !kinds.includes("wrongPassword")) complain(`a wrong code led to ${kinds.join()}`);
}

/** Who closed in good times has left nothing behind. */
function checkGone(clients: Client[], server: Server, complain: (fault: string) => void): void {
  for (const client of clients) {
    const kept = server.keeps(client.side, codeSeen(client) ?? "");
    if (kept.length > 0) complain(`${client.name} left ${kept.join()} at the server`);
  }
}
