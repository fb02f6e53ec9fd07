/**
 * The rules of nameplates: a short number, held by the sides that claimed it, that leads to a mailbox.
 * It is free again when every side that held it has released it.
 */
import { enter } from "./mailboxes.ts";
import type { Nameplate, Store } from "./store.ts";
import type { Random, World } from "./world.ts";

/** Claims a nameplate for a side, and enters its mailbox; both are made if need be. Gives the mailbox's id. */
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
  // Whoever holds a nameplate is in its mailbox, and that has room for two.
  if (enter(world, app, mailbox, side, name) === "crowded") return "crowded";
  if (!holder) {
    world.store.saveNameplate(app, name, { mailbox, holders: [...holders, { side, released: false }] });
  }
  return { mailbox };
}

/** Gives a nameplate back. Means nothing if this side does not hold it. */
export function release(store: Store, app: string, name: string, side: string): void {
  const nameplate = store.nameplate(app, name);
  if (!nameplate?.holders.some((holder) => holder.side === side)) return;
  const holders = nameplate.holders.map((holder) => (holder.side === side ? { side, released: true } : holder));
  if (holders.every((holder) => holder.released)) store.removeNameplate(app, name);
  else store.saveNameplate(app, name, { ...nameplate, holders });
}

/**
 * Claims a free nameplate for a side, as short as a good choice allows. A side that already holds one, because the
 * answer was lost on the way, gets the same again. Undefined if none is to be had.
 */
export function allocate(world: World, app: string, side: string): string | undefined {
  const name = world.store.nameplateOf(app, side) ?? freeNameplate(world, app);
  if (name !== undefined) claim(world, app, name, side);
  return name;
}

const MAX_DIGITS = 9;
/** Tries to find a free number. At most half of them are taken, so that few tries fail all. */
const TRIES = 12;

/**
 * How many numbers of a length may be taken. While they are short, half: the next one cannot be guessed well, and stays
 * short. Where there is room, a tenth: a mistyped number should rarely be somebody else's.
 */
const mayBeTaken = (digits: number) => 9 * 10 ** (digits - 1) * (digits <= 3 ? 0.5 : 0.1);

/** A random nameplate among the free ones of the shortest length that is not too full. */
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

/** A number of so many digits, without a leading zero. Of 48 random bits the remainder is as good as even. */
function randomNumber(random: Random, digits: number): string {
  const least = 10 ** (digits - 1);
  const bits = random(6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(least + (bits % (9 * least)));
}

const BASE32 = "abcdefghijklmnopqrstuvwxyz234567";

/** An id as other mailbox servers make them: 8 random bytes in base32, lower case, unpadded. */
function newMailboxId(random: Random): string {
  const bits = [...random(8)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = bits.padEnd(65, "0").match(/.{5}/g) ?? [];
  return digits.map((five) => BASE32[Number.parseInt(five, 2)]).join("");
}
