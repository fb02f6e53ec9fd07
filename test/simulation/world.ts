/** One simulated world: two clients with one code, perhaps a third one that guesses, a server, and trouble by the seed. */

import type { WormholeEvent } from "../../packages/wormhole/src/session/events.ts";
import { MAX_HELD_MESSAGES, MAX_PHASES } from "../../packages/wormhole/src/session/limits.ts";
import { VirtualClock } from "../../packages/wormhole/src/testing.ts";
import { Chance } from "./chance.ts";
import {
  checkAlways,
  checkComplete,
  checkForgotten,
  checkGone,
  checkHappy,
  checkServer,
  checkWrong,
  codeSeen,
  unreachable,
} from "./checks.ts";
import { Client, type Flood } from "./client.ts";
import { liar } from "./liar.ts";
import { Server } from "./server.ts";

/** Virtual milliseconds after which there is no more trouble. */
const HEALED_MS = 60_000;
/** Virtual milliseconds after which everything has arrived: the longest pause between two attempts is a minute. */
const QUIET_MS = 200_000;
/** Virtual milliseconds after which every client that was asked to close has closed. */
const END_MS = 230_000;

export type Kind = "honest" | "wrong code" | "third" | "hostile server" | "forgetful server" | "flood";

const KINDS: Kind[] = [
  "honest",
  "honest",
  "honest",
  "honest",
  "wrong code",
  "third",
  "hostile server",
  "forgetful server",
];

/** Every flood but the last ends the wormhole. */
const FLOODS: Flood[] = [
  { phases: "numbered", messages: MAX_HELD_MESSAGES + 100, gap: 5 },
  { phases: "dilate", messages: MAX_HELD_MESSAGES + 100, gap: 5 },
  { phases: "other", messages: MAX_PHASES + 100, gap: 0 },
  { phases: "numbered", messages: MAX_PHASES + 100, gap: 0 },
];

export interface Outcome {
  readonly kind: Kind;
  readonly faults: string[];
}

/** Plays one world to its end, and returns its faults. */
export function play(seed: number, log: (line: string) => void = () => {}): Outcome {
  const chance = new Chance(seed);
  const clock = new VirtualClock();
  const faults: string[] = [];
  const complain = (fault: string) => faults.push(fault);
  const kind = chance.once(150) ? "flood" : chance.pick(KINDS);
  const server = new Server(clock, chance, {
    delay: chance.pick([5, 100, 3_000]),
    repeat: chance.pick([0, 0, 2, 6]),
    // Thousands of messages in any order are more than a session holds.
    shuffle: chance.once(3) && kind !== "flood",
    ...(chance.once(5) && { permission: chance.pick(["submit-permissions", "submit-permission"]) }),
    ...(kind === "hostile server" && { lie: liar(chance) }),
  });
  const crashes = kind === "forgetful server" ? 0 : chance.pick([0, 0, 6, 25]);
  const world = { clock, server, chance, complain };
  const a = new Client("a", world, { pool: 0, crashes });
  const b = new Client("b", world, { pool: 1, crashes });
  log(`kind ${kind}, crashes ${crashes}`);

  meet(a, b, kind, clock, chance);
  const alone = kind === "forgetful server" ? forget([a, b], server, clock, chance) : [];
  if (kind === "third" || (kind === "forgetful server" && chance.once(2)))
    third(new Client("c", world, { pool: 2, crashes: 0 }), a, clock, chance);
  const flood = chance.pick(FLOODS);
  if (kind === "flood") clock.after(30_000, () => b.flood(flood));
  const early = talk([a, b], clock, chance);
  travel([a, b], clock, chance);
  trouble(server, clock, chance);
  clock.after(HEALED_MS, () => {
    server.heal();
    a.crashes = 0;
    b.crashes = 0;
  });
  while (clock.step(QUIET_MS));
  const peaceful = kind === "honest" || (kind === "flood" && flood === FLOODS.at(-1));
  const complete = peaceful && !early && !unreachable(a) && !unreachable(b);
  if (complete) checkComplete(a, b, complain);
  if (kind === "wrong code" && !early) checkWrong([a, b], complain);
  if (!early) checkForgotten(alone, complain);
  const last = [a, b].filter(({ ended }) => !ended);
  for (const client of last) client.close();
  const badEnd = crashes > 0 && chance.once(4);
  if (badEnd) endBadly(last, server, clock);
  // Another cut, or other addresses, while the server is releasing everything.
  else if (chance.once(3)) clock.after(chance.number(50), () => server.cutAll());
  else travel(last, clock, chance, 50);
  while (clock.step(END_MS));
  for (const client of [a, b]) checkAlways(client, client === a ? b : a, complain);
  checkServer(server, complain);
  if (complete) checkHappy([a, b], badEnd ? "abandoned" : "happy", complain);
  if (kind !== "hostile server" && kind !== "forgetful server" && kind !== "flood" && !badEnd)
    checkGone(last, server, complain);
  for (const client of [a, b]) log(`${client.name} saw ${client.application.seen.map(brief).join(" ")}`);
  return { kind, faults };
}

function brief(event: WormholeEvent): string {
  return event.type === "closed" ? `closed(${event.ending.kind})` : event.type;
}

/** Both get the code, in one of the possible ways. */
function meet(a: Client, b: Client, kind: Kind, clock: VirtualClock, chance: Chance): void {
  clock.after(chance.number(500), () => a.start());
  clock.after(chance.number(500), () => b.start());
  const [offline, typing] = [chance.once(4), chance.once(2)];
  // A process may die before it has saved the code, so people enter it again.
  const insist = () => {
    if (typing) b.input();
    if (offline) a.enter("77-rat-race");
    else a.allocate();
    const told = offline ? "77-rat-race" : codeSeen(a);
    if (told) b.enter(kind === "wrong code" ? `${told}x` : told);
    if (clock.now() < HEALED_MS + 30_000) clock.after(chance.number(1_500), insist);
  };
  clock.after(chance.number(2_000), insist);
}

/** The server forgets everything once. Returns the clients that held a nameplate at that moment and waited for a peer. */
function forget(clients: Client[], server: Server, clock: VirtualClock, chance: Chance): Client[] {
  const alone: Client[] = [];
  clock.after(500 + chance.number(10_000), () => {
    alone.push(...clients.filter(({ session }) => session.nameplate.at === "claimed"));
    server.forget();
  });
  return alone;
}

/** A client that has the nameplate and guesses the words. */
function third(c: Client, a: Client, clock: VirtualClock, chance: Chance): void {
  clock.after(chance.number(1_000), () => c.start());
  clock.after(1_000 + chance.number(20_000), () => {
    const { code } = a.session;
    if (code.at === "known") c.enter(`${code.code.split("-")[0]}-wild-guess`);
  });
  clock.after(40_000, () => c.close());
}

/** Both send a few messages. Returns true if one of them closes early. */
function talk(clients: [Client, Client], clock: VirtualClock, chance: Chance): boolean {
  for (const client of clients) {
    for (let messages = chance.number(5); messages > 0; messages--)
      clock.after(chance.number(40_000), () => client.send());
    for (let messages = chance.number(5); messages > 0; messages--)
      clock.after(chance.number(40_000), () => client.dilate());
  }
  if (!chance.once(6)) return false;
  const impatient = chance.pick(clients);
  clock.after(chance.number(40_000), () => impatient.close());
  return true;
}

/** Computers get other addresses, and applications are in a hurry, within so many milliseconds. */
function travel(clients: Client[], clock: VirtualClock, chance: Chance, within = 70_000): void {
  for (const client of clients) {
    for (let moves = chance.pick([0, 0, 1, 4]); moves > 0; moves--)
      clock.after(chance.number(within), () => client.move());
    for (let hurries = chance.pick([0, 0, 1, 4]); hurries > 0; hurries--)
      clock.after(chance.number(within), () => client.hurry());
  }
}

function trouble(server: Server, clock: VirtualClock, chance: Chance): void {
  for (let cuts = chance.pick([0, 1, 3, 8]); cuts > 0; cuts--)
    clock.after(600 + chance.number(50_000), () => server.cutSome());
  if (!chance.once(3)) return;
  const down = 1_000 + chance.number(30_000);
  clock.after(down, () => server.goDown());
  clock.after(down + chance.number(20_000), () => server.comeBack());
}

/** The server goes away while everything is being released, and processes die again. */
function endBadly(clients: Client[], server: Server, clock: VirtualClock): void {
  server.goDown();
  for (const client of clients) {
    client.crashes = 3;
    clock.after(15_000, () => {
      client.crashes = 0;
    });
  }
}
