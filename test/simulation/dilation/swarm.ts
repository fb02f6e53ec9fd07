/**
 * The kinds of trouble in a world, and their amount ("swarm testing"). They are drawn before anything else, so that rare
 * kinds also occur together.
 */
import type { Chance } from "../chance.ts";

export type Kind =
  /** Everything arrives once the trouble is over. */
  | "honest"
  /** One side leaves during the trouble. */
  | "leaver"
  /** One side disappears without notice. */
  | "death";

export interface Swarm {
  readonly kind: Kind;
  /** Virtual milliseconds after which the trouble ends. */
  readonly healed: number;
  /** Whether both programs leave out our extensions of the protocol, as others do. */
  readonly plain: boolean;

  /** One of this many connections has an accident; 0 means no accidents. */
  readonly accidents: number;
  /** Accidents happen within this number of bytes. */
  readonly reach: number;
  readonly flips: boolean;
  readonly stalls: boolean;
  readonly latency: number;
  readonly window: number;
  readonly pieces: readonly ("whole" | "any" | "crumbs")[];

  /** The machines that can be dialled directly. */
  readonly direct: "both" | "first" | "second" | "none";
  /** The outcome of dialling a machine that cannot be reached. */
  readonly walls: "silent" | "refused";
  /** Whether direct ways come and go. */
  readonly flapping: boolean;
  /** Whether dialling fails from time to time. */
  readonly refusals: boolean;
  /** Each side's own relay, by number. */
  readonly relays: readonly [number | null, number | null];
  readonly addresses: 1 | 2;
  /** Whether both machines have an address that leads to themselves. */
  readonly shadowed: boolean;

  /** How often each accident happens until the trouble ends. */
  readonly cuts: number;
  readonly moves: number;
  readonly naps: number;
  readonly relayFailures: number;
  readonly mailboxFailures: number;
  readonly mailboxDelay: number;
  /** Connections of a program without the key to open ports. */
  readonly strangers: number;

  readonly slow: boolean;
  readonly bulky: boolean;
  readonly pingInterval: number;
}

export function drawSwarm(chance: Chance): Swarm {
  const kind = chance.pick<Kind>(["honest", "honest", "honest", "honest", "honest", "honest", "leaver", "death"]);
  const bulky = chance.once(8);
  const latency = chance.pick(bulky ? [1, 1, 30] : [1, 1, 30, 150, 500]);
  const direct = chance.pick<Swarm["direct"]>(["both", "both", "first", "second", "none"]);
  const relays = chance.pick<readonly [number | null, number | null]>([
    [null, null],
    [0, null],
    [null, 0],
    [0, 0],
    [0, 1],
  ]);
  return {
    kind,
    healed: chance.pick([3_000, 20_000, 60_000, 90_000]),
    plain: chance.once(5),
    accidents: chance.pick([0, 1, 1, 2, 6]),
    reach: chance.pick([250, 250, 1_200, 20_000, 200_000]),
    flips: chance.once(3),
    stalls: chance.once(4),
    latency,
    window: latency > 30 || bulky ? 64 * 1024 : chance.pick([latency > 1 ? 5_000 : 700, 5_000, 64 * 1024, 64 * 1024]),
    pieces: chance.pick<Swarm["pieces"]>([["whole"], ["whole", "any"], ["whole", "any", "crumbs"], ["any"]]),
    direct,
    walls: chance.pick(["silent", "refused"]),
    flapping: chance.once(5),
    refusals: chance.once(4),
    relays: direct === "none" && relays[0] === null && relays[1] === null ? [0, null] : relays,
    addresses: chance.once(3) ? 2 : 1,
    shadowed: chance.once(5),
    cuts: chance.pick([0, 0, 1, 4]),
    moves: chance.pick([0, 0, 0, 1, 3]),
    naps: chance.pick([0, 0, 0, 1, 2]),
    relayFailures: chance.pick([0, 0, 1, 3]),
    mailboxFailures: chance.pick([0, 0, 1, 3]),
    strangers: chance.pick([0, 0, 0, 0, 0, 5, 60]),
    mailboxDelay: chance.pick([5, 60, 400, 2_000]),
    slow: chance.once(3),
    bulky,
    // A third of it must be longer than a round trip.
    pingInterval: latency > 150 ? 30 : chance.pick([30, 30, 9]),
  };
}
