/** How long, how many: what bounds the race for a connection. Times are milliseconds. */

/** Between the starts of two attempts: a way that works has mostly answered by then, and later ones are not needed. */
export const STAGGER = 100;
/** What direct ways get before relays are asked: a relay costs somebody else's bandwidth. */
export const RELAY_DELAY = 2_000;
/** What direct ways still get when a relay is ready first. */
export const SETTLE_DELAY = 300;

/** For each step, from dialling to the other side's word. Go's receivers reach a relay 10 seconds after us. */
export const ATTEMPT_DEADLINE = 30_000;
/** The same for strangers that we have accepted. */
export const INBOUND_DEADLINE = 10_000;
/** What the other side gets to reach us when all our own attempts have failed. */
export const ALONE_DEADLINE = 30_000;
/** For all together. */
export const RACE_DEADLINE = 120_000;

/** Attempts under way at once: hostile hints must not make a flood of us. */
export const MAX_ATTEMPTS = 8;
/** When that many are under way, one that has not even connected after this time makes room for the next. */
export const PATIENCE = 3_000;
/** Endpoints of one race that are dialled at most, however many messages of hints come. */
export const MAX_DIALLED = 50;
/** Strangers that may be at our port at once. */
export const MAX_INBOUND = 16;
