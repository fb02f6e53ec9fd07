/**
 * The rules of nameplates. A nameplate is a short number that leads to a mailbox. The sides that claimed it hold it,
 * and it is free again when all of them have released it.
 */
import { enter } from "./mailboxes.ts";
import type { Nameplate, Store } from "./store.ts";
import type { Random, World } from "./world.ts";

/** Claims a nameplate for a side, and enters its mailbox. Both are made if they do not exist. */
export function claim(
  world: World,
  app: string,
  name: string,
  side: string,
): { readonly mailbox: string } | "crowded" | "reclaimed" {
  const known = world.store.nameplate(app, name);
  const { mailbox, holders }: Nameplate = known ?? { mailbox: newMailboxId(world.random), holders: [] };
  const holder = holders.find((one) => one.side === side);
  if (holder?.released) return "reclaimed";
  // Every holder of a nameplate is in its mailbox, which has room for two.
  if (enter(world, app, mailbox, side, name) === "crowded") return "crowded";
  if (!holder) {
    world.store.saveNameplate(app, name, { mailbox, holders: [...holders, { side, released: false }] });
  }
  return { mailbox };
}

/** Releases a nameplate. Does nothing if the side does not hold it. */
export function release(store: Store, app: string, name: string, side: string): void {
  const nameplate = store.nameplate(app, name);
  if (!nameplate?.holders.some((holder) => holder.side === side)) return;
  const holders = nameplate.holders.map((holder) => (holder.side === side ? { side, released: true } : holder));
  if (holders.every((holder) => holder.released)) store.removeNameplate(app, name);
  else store.saveNameplate(app, name, { ...nameplate, holders });
}

/**
 * Claims a free nameplate for a side: a random one of the shortest length that is not too full. A side that already
 * holds one, because the answer to it was lost, gets the same one again. Returns undefined if all are taken.
 */
export function allocate(world: World, app: string, side: string): string | undefined {
  const name = world.store.nameplateOf(app, side) ?? freeNameplate(world, app);
  if (name !== undefined) claim(world, app, name, side);
  return name;
}

/** The longest nameplate that is allocated. */
const MAX_DIGITS = 9;
/**
 * Attempts to find a free number of one length. At most half of them are taken, so a few attempts nearly always
 * succeed.
 */
const TRIES = 12;

/**
 * The most numbers of a length that may be taken before a longer one is chosen. Of the short numbers it is half, so that
 * they stay short and hard to guess. Of longer ones it is a tenth, so that a mistyped number rarely leads to strangers.
 */
const mayBeTaken = (digits: number) => 9 * 10 ** (digits - 1) * (digits <= 3 ? 0.5 : 0.1);

function freeNameplate({ store, random }: World, app: string): string | undefined {
  for (let digits = 1; digits <= MAX_DIGITS; digits++) {
    const most = mayBeTaken(digits);
    if (store.countNameplates(app, digits, most) >= most) continue;
    for (let tries = 0; tries < TRIES; tries++) {
      const name = randomNumber(random, digits);
      if (store.nameplate(app, name) === undefined) return name;
    }
  }
  return undefined;
}

/**
 * A random number with `digits` digits and no leading zero. With 48 random bits, the remainder is practically uniform.
 */
function randomNumber(random: Random, digits: number): string {
  const least = 10 ** (digits - 1);
  const bits = random(6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(least + (bits % (9 * least)));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** A mailbox id of the same form as in other mailbox servers: 8 random bytes in base32, lower case, without padding. */
function newMailboxId(random: Random): string {
  const bits = [...random(8)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits.padEnd(65, "0").match(/.{5}/g) ?? [];
  return digits.map((five) => BASE32[Number.parseInt(five, 2)]).join("");
}
