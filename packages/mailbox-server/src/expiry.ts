/** Idle mailboxes are forgotten. Only time in which the server was up counts: clients could not come while it was not. */
import type { Clock } from "./clock.ts";
import type { Hub } from "./hub.ts";
import * as limits from "./limits.ts";
import * as mailboxes from "./mailboxes.ts";
import type { Store } from "./store.ts";

/** Counts the seconds that the server has been up. */
export class UpTime {
  readonly #clock: Clock;
  readonly #before: number;
  readonly #started: number;

  /** @param before what a store has saved of earlier runs. */
  constructor(clock: Clock, before: number) {
    this.#clock = clock;
    this.#before = before;
    this.#started = clock.steady();
  }

  thisRun(): number {
    return this.#clock.steady() - this.#started;
  }

  inAll(): number {
    return this.#before + this.thisRun();
  }
}

/** Forgets mailboxes that were last used before that time, some hundreds at most. Says whether that was all. */
export function forgetIdle(store: Store, before: number): boolean {
  const idle = store.idleMailboxes(before, limits.EXPIRE_BATCH);
  for (const { app, id } of idle) {
    const mailbox = store.mailbox(app, id);
    if (mailbox) mailboxes.remove(store, app, id, mailbox);
  }
  return idle.length < limits.EXPIRE_BATCH;
}

export interface ExpiryOptions {
  readonly store: Store;
  readonly hub: Hub;
  readonly clock: Clock;
  readonly upTime: UpTime;
  /** For how many seconds a mailbox is kept that nobody uses and nobody is subscribed to. */
  readonly lifetime: number;
}

/** Forgets idle mailboxes from time to time, until told to stop. */
export function startExpiry({ store, hub, clock, upTime, lifetime }: ExpiryOptions): { stop(): void } {
  const forget = () => {
    // The time of last use is refreshed once in a round for subscribers: nobody is to lose that much of the lifetime.
    const before = upTime.inAll() - lifetime - limits.EXPIRE_EVERY;
    hub.run(() => {
      if (!forgetIdle(store, before)) setImmediate(forget);
    });
  };
  const round = () => {
    hub.run(() => refresh(store, hub, upTime));
    if (upTime.thisRun() >= limits.EXPIRE_GRACE) forget();
  };
  return clock.every(limits.EXPIRE_EVERY, round);
}

/** A mailbox is in use while somebody is subscribed to it. */
export function refresh(store: Store, hub: Hub, upTime: UpTime): void {
  const now = upTime.inAll();
  for (const { app, id } of hub.subscribed()) store.touchMailbox(app, id, now);
  store.saveUpTime(now);
}
