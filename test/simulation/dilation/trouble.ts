/** The trouble of a world until it ends: which machines can be reached, and the accidents that happen to them. */
import type { Chance } from "../chance.ts";
import type { Accident, Fate } from "./fate.ts";
import type { Machine } from "./machine.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Network, Passage, Rules } from "./network.ts";
import type { Relay } from "./relay.ts";
import type { Stranger } from "./stranger.ts";
import type { Swarm } from "./swarm.ts";
import type { Timeline } from "./timeline.ts";

export interface Afflicted {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly swarm: Swarm;
  readonly network: Network;
  readonly machines: readonly [Machine, Machine];
  readonly relays: readonly Relay[];
  readonly mailbox: Mailbox;
  readonly stranger: Stranger;
  readonly log: (line: string) => void;
}

/** The longest outage of a relay or the mailbox, and the longest sleep of a machine. */
const MAX_OUTAGE_MS = 20_000;
const MAX_NAP_MS = 60_000;

/** Which machines can reach each other, and what happens to connections. */
export class Conditions implements Rules {
  /** Whether the trouble is over. */
  healed = false;
  readonly #time: Timeline;
  readonly #chance: Chance;
  readonly #swarm: Swarm;

  constructor(time: Timeline, chance: Chance, swarm: Swarm) {
    this.#time = time;
    this.#chance = chance;
    this.#swarm = swarm;
  }

  fate(): Fate {
    const { latency, window, pieces } = this.#swarm;
    const slower = this.#chance.pick([1, 1, 3]);
    return {
      latency: this.#chance.number(latency * slower + 1),
      jitter: this.#chance.pick([0, latency]),
      window,
      pieces: this.#chance.pick(pieces),
      accidents: this.#accidents(),
    };
  }

  passage(from: Machine, to: Machine): Passage {
    const { refusals, walls } = this.#swarm;
    if (!this.healed && refusals && this.#chance.once(3)) return this.#chance.pick(["silent", "refused"]);
    return this.#isOpen(from, to) ? "open" : walls;
  }

  #isOpen(from: Machine, to: Machine): boolean {
    const { direct, flapping } = this.#swarm;
    if (to.name.startsWith("relay")) return true;
    if (from.name === "stranger") return true;
    if (flapping && !this.healed && Math.floor(this.#time.now / 7_000) % 2 === 0) return false;
    return direct === "both" || (direct === "first" ? to.name === "a" : direct === "second" && to.name === "b");
  }

  #accidents(): Accident[] {
    const { accidents, reach } = this.#swarm;
    if (this.healed || accidents === 0 || !this.#chance.once(accidents)) return [];
    const at = this.#chance.number(reach);
    return [{ direction: this.#chance.pick([0, 1]), at, what: this.#chance.pick(this.#whats()) }];
  }

  #whats(): Accident["what"][] {
    const { flips, stalls } = this.#swarm;
    return [
      "reset",
      "end",
      "silence",
      "mute",
      ...(flips ? (["flip"] as const) : []),
      ...(stalls ? (["stall"] as const) : []),
    ];
  }
}

/** Plans every accident that does not belong to a single connection. */
export function trouble(world: Afflicted): void {
  const { swarm, chance, network, machines, relays, mailbox, stranger, log } = world;
  const happen = (times: number, name: string, run: () => void) => {
    for (let n = 0; n < times; n++) {
      world.time.after(chance.number(swarm.healed), () => {
        log(`*** ${name}`);
        run();
      });
    }
  };
  happen(swarm.cuts, "everything is cut", () => network.cutAll(chance.once(3)));
  happen(swarm.moves, "a machine moves", () => move(world, chance.pick(machines)));
  happen(swarm.naps, "a machine sleeps", () => nap(world, chance.pick(machines)));
  happen(swarm.relayFailures, "relays fail", () => fail(world, relays));
  happen(swarm.strangers, "a stranger comes", () => void stranger.visit(chance.pick(machines)));
  happen(swarm.mailboxFailures, "the mailbox cannot be reached", () => bother(world, mailbox));
}

/** Ends the trouble: everything works from now on. */
export function heal({ network, relays, mailbox }: Afflicted, conditions: Conditions): void {
  conditions.healed = true;
  mailbox.down = false;
  for (const relay of relays) relay.start();
  for (const { fate } of network.lines) fate.accidents.splice(0);
}

/** Gives a machine new addresses, perhaps beside the old ones. Its link to the mailbox may have died with them. */
function move({ chance, mailbox, machines }: Afflicted, machine: Machine): void {
  const fresh = `10.${1 + chance.number(200)}.${chance.number(200)}.${1 + chance.number(200)}`;
  machine.move(chance.once(3) ? [...machine.addresses, fresh] : [fresh, ...machine.addresses.slice(1)]);
  if (chance.once(2)) mailbox.sides[machine === machines[0] ? 0 : 1].deaden();
}

/** Puts a machine to sleep. It wakes before the trouble is over; its connections may have died. */
function nap({ chance, time, swarm }: Afflicted, machine: Machine): void {
  const longest = Math.min(MAX_NAP_MS, Math.max(0, swarm.healed - time.now));
  machine.sleep(chance.number(longest), chance.once(2));
  if (chance.once(2)) for (const { line } of machine.ends) line.silence();
}

function fail({ chance, time }: Afflicted, relays: readonly Relay[]): void {
  for (const relay of relays) {
    relay.stop(chance.once(3));
    time.after(chance.number(MAX_OUTAGE_MS), () => relay.start());
  }
}

/** The server is down, or the link of one side is lost or dead. */
function bother({ chance, time }: Afflicted, mailbox: Mailbox): void {
  const side = chance.pick(mailbox.sides);
  if (chance.once(3)) side.deaden();
  else if (chance.once(2)) side.lose();
  else {
    mailbox.fail();
    time.after(chance.number(MAX_OUTAGE_MS), () => {
      mailbox.down = false;
    });
  }
}
