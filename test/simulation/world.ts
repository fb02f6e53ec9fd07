/** One simulated world: two clients with one code, perhaps a third one that guesses, a server, and random trouble. */

import type { WormholeEvent } from "../../packages/wormhole/src/session/events.ts";
import { MAX_HELD_MESSAGES, MAX_PHASES } from "../../packages/wormhole/src/session/limits.ts";
import { Chance } from "./chance.ts";
import {
  checkAlways,
  checkComplete,
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
import { Timeline } from "./timeline.ts";

/** Virtual time in milliseconds from which there is no more trouble. */
const HEALED_MS = 60_000;
/** Virtual time in milliseconds when everything has arrived: the longest pause between two attempts is a minute. */
const QUIET_MS = 200_000;
/** Virtual time in milliseconds when every client that was asked to close has closed. */
const END_MS = 230_000;

/** The kind of a world: honest, or with one kind of hostility or mistake. */
export type Kind = "honest" | "wrong code" | "third" | "hostile server" | "flood";

const KINDS: Kind[] = ["honest", "honest", "honest", "honest", "honest", "wrong code", "third", "hostile server"];

/** Floods of messages. All except the last one end the wormhole. */
const FLOODS: Flood[] = [
  { phases: "numbered", messages: MAX_HELD_MESSAGES + 100, gap: 5 },
  { phases: "dilate", messages: MAX_HELD_MESSAGES + 100, gap: 5 },
  { phases: "other", messages: MAX_PHASES + 100, gap: 0 },
  { phases: "numbered", messages: MAX_PHASES + 100, gap: 0 },
];

/** The result of playing one world. */
export interface Outcome {
  readonly kind: Kind;
  readonly faults: string[];
}

/** Plays one world to its end, and returns its faults. */
export function play(seed: number, log: (line: string) => void = () => {}): Outcome {
  const chance = new Chance(seed);
  const time = new Timeline();
  const faults: string[] = [];
  const complain = (fault: string) => faults.push(fault);
  const kind = chance.once(150) ? "flood" : chance.pick(KINDS);
  const server = makeServer(kind, time, chance);
  const crashes = chance.pick([0, 0, 6, 25]);
  const world = { time, server, chance, complain };
  const a = new Client("a", world, { pool: 0, crashes });
  const b = new Client("b", world, { pool: 1, crashes });
  log(`kind ${kind}, crashes ${crashes}`);

  meet(a, b, kind, time, chance);
  if (kind === "third") third(new Client("c", world, { pool: 2, crashes: 0 }), a, time, chance);
  const flood = chance.pick(FLOODS);
  if (kind === "flood") time.after(30_000, () => b.flood(flood));
  const early = talk([a, b], time, chance);
  travel([a, b], time, chance);
  trouble(server, time, chance);
  time.after(HEALED_MS, () => {
    server.healed = true;
    server.down = false;
    a.crashes = 0;
    b.crashes = 0;
  });
  time.runUntil(QUIET_MS);
  const peaceful = kind === "honest" || (kind === "flood" && flood === FLOODS.at(-1));
  const complete = peaceful && !early && !unreachable(a) && !unreachable(b);
  if (complete) checkComplete(a, b, complain);
  if (kind === "wrong code" && !early) checkWrong([a, b], complain);
  const last = [a, b].filter(({ ended }) => !ended);
  for (const client of last) client.close();
  const badEnd = crashes > 0 && chance.once(4);
  if (badEnd) endBadly(last, server, time);
  // Connections are cut, or addresses change, while the server is releasing everything.
  else if (chance.once(3)) time.after(chance.number(50), () => server.cutAll());
  else travel(last, time, chance, 50);
  time.runUntil(END_MS);
  for (const client of [a, b]) checkAlways(client, client === a ? b : a, complain);
  checkServer(server, complain);
  if (complete) checkHappy([a, b], badEnd ? "abandoned" : "happy", complain);
  if (kind !== "hostile server" && kind !== "flood" && !badEnd) checkGone(last, server, complain);
  for (const client of [a, b]) log(`${client.name} saw ${client.application.seen.map(brief).join(" ")}`);
  return { kind, faults };
}

function makeServer(kind: Kind, time: Timeline, chance: Chance): Server {
  return new Server(time, chance, {
    delay: chance.pick([5, 100, 3_000]),
    repeat: chance.pick([0, 0, 2, 6]),
    // A session cannot hold thousands of messages that arrive in random order.
    shuffle: chance.once(3) && kind !== "flood",
    ...(chance.once(5) && { permission: chance.pick(["submit-permissions", "submit-permission"]) }),
    ...(kind === "hostile server" && { lie: liar(chance) }),
  });
}

function brief(event: WormholeEvent): string {
  return event.type === "closed" ? `closed(${event.ending.kind})` : event.type;
}

/** Gives both clients the code, in one of the possible ways. */
function meet(a: Client, b: Client, kind: Kind, time: Timeline, chance: Chance): void {
  time.after(chance.number(500), () => a.start());
  time.after(chance.number(500), () => b.start());
  const [offline, typing] = [chance.once(4), chance.once(2)];
  // A process may die before it has saved the code, so people enter it again.
  const insist = () => {
    if (typing) b.input();
    if (offline) a.enter("77-rat-race");
    else a.allocate();
    const told = offline ? "77-rat-race" : codeSeen(a);
    if (told) b.enter(kind === "wrong code" ? `${told}x` : told);
    if (time.now < HEALED_MS + 30_000) time.after(chance.number(1_500), insist);
  };
  time.after(chance.number(2_000), insist);
}

/** Lets a third client join that has the nameplate and guesses the words. */
function third(c: Client, a: Client, time: Timeline, chance: Chance): void {
  time.after(chance.number(1_000), () => c.start());
  time.after(1_000 + chance.number(20_000), () => {
    const { code } = a.session;
    if (code.at === "known") c.enter(`${code.code.split("-")[0]}-wild-guess`);
  });
  time.after(40_000, () => c.close());
}

/** Lets both clients send a few messages. Returns true if one of them closes early. */
function talk(clients: [Client, Client], time: Timeline, chance: Chance): boolean {
  for (const client of clients) {
    for (let messages = chance.number(5); messages > 0; messages--)
      time.after(chance.number(40_000), () => client.send());
    for (let messages = chance.number(5); messages > 0; messages--)
      time.after(chance.number(40_000), () => client.dilate());
  }
  if (!chance.once(6)) return false;
  const impatient = chance.pick(clients);
  time.after(chance.number(40_000), () => impatient.close());
  return true;
}

/** Within this many milliseconds, addresses of computers change, and applications are in a hurry. */
function travel(clients: Client[], time: Timeline, chance: Chance, within = 70_000): void {
  for (const client of clients) {
    for (let moves = chance.pick([0, 0, 1, 4]); moves > 0; moves--)
      time.after(chance.number(within), () => client.move());
    for (let hurries = chance.pick([0, 0, 1, 4]); hurries > 0; hurries--)
      time.after(chance.number(within), () => client.hurry());
  }
}

/** Cuts some connections, and perhaps takes the server down for a while. */
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

/** Takes the server down while everything is being released, and lets processes die again. */
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
