/** Removes idle mailboxes. Only time while the server is up counts, because clients cannot connect while it is down. */
import { type Clock, every, type Timer } from "../../internal/src/clock.ts";
import type { Hub } from "./hub.ts";
import * as limits from "./limits.ts";
import * as mailboxes from "./mailboxes.ts";
import type { Store } from "./store.ts";

/** Counts the seconds that the server has been up. */
export class UpTime {
  readonly #clock: Clock;
  readonly #before: number;
  readonly #started: number;

  /** @param before the seconds of earlier runs, as a store has saved them */
  constructor(clock: Clock, before: number) {
    this.#clock = clock;
    this.#before = before;
    this.#started = clock.now();
  }

  /** Seconds since this process started. */
  thisRun(): number {
    return (this.#clock.now() - this.#started) / 1000;
  }

  /** Seconds in all runs. */
  total(): number {
    return this.#before + this.thisRun();
  }
}

/**
 * Removes mailboxes that were last used before a time, at most {@link limits.EXPIRE_BATCH}.
 *
 * @param before in seconds of up time
 * @returns whether all of them are removed
 */
export function removeIdle(store: Store, before: number): boolean {
  const idle = store.idleMailboxes(before, limits.EXPIRE_BATCH);
  for (const { app, id } of idle) {
    const mailbox = store.mailbox(app, id);
    if (mailbox) mailboxes.remove(store, app, id, mailbox);
  }
  return idle.length < limits.EXPIRE_BATCH;
}

/** The parts of a server that {@link startExpiry} uses. */
export interface ExpiryOptions {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly upTime: UpTime;
  /** Seconds for which a mailbox is kept that is unused and has no subscriber. */
  readonly lifetime: number;
}

/** Removes idle mailboxes at intervals, until the timer is cancelled. */
export function startExpiry({ store, hub, clock, upTime, lifetime }: ExpiryOptions): Timer {
  const expire = () => {
    // The last use of a mailbox with a subscriber is saved once in each interval, so it may be later by an interval.
    const before = upTime.total() - lifetime - limits.EXPIRE_EVERY_SECONDS;
    hub.run(() => {
      if (!removeIdle(store, before)) setImmediate(expire);
    });
  };
  return every(clock, limits.EXPIRE_EVERY_SECONDS * 1000, () => {
    hub.run(() => refresh(store, hub, upTime));
    if (upTime.thisRun() >= limits.EXPIRE_GRACE_SECONDS) expire();
  });
}

/** Marks every mailbox that has a subscriber as used now, and saves the up time. */
export function refresh(store: Store, hub: Hub, upTime: UpTime): void {
  const now = upTime.total();
  for (const { app, id } of hub.subscribed()) store.touchMailbox(app, id, now);
  store.saveUpTime(now);
}
