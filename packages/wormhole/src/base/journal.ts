/**
 * Journaled mode: no effect leaves the process before the state that caused it is saved. A program that dies at any
 * moment and restarts from its last checkpoint then never contradicts what it has sent.
 */
import { attempt, report } from "./report.ts";

/**
 * Decides when effects are released. An application gives the same journal to its wormholes and runs its own events
 * through {@link process}, so that its state and theirs are saved together.
 */
export interface Journal {
  /** Runs `body`, which changes state, and returns its result. Calls may be nested. */
  process<T>(body: () => T): T;
  /** Queues an effect on the outside, to be released when the state is saved. Called within {@link process} only. */
  queueOutbound(effect: () => void): void;
}

/** A journal that saves nothing and releases every effect at once. */
export const immediateJournal: Journal = {
  process: (body) => body(),
  queueOutbound: (effect) => effect(),
};

/**
 * Saves a checkpoint after each outermost {@link process}, then releases the queued effects in order.
 *
 * `saveCheckpoint` must read the state at once: `wormhole.serialize()` and whatever the application adds. It may return a
 * promise that resolves when the state is written. One checkpoint is written at a time, and changes in the meantime are
 * saved by the next one.
 *
 * If `saveCheckpoint` throws or rejects, the error is reported as an uncaught error, and no effect is released. The next
 * checkpoint that succeeds releases all of them. `process(() => {})` requests another checkpoint.
 *
 * If a body throws, its changes up to then are still saved. A body ends when it returns, so changes after an `await`
 * do not belong to it. If an effect throws, the error is reported, and the other effects follow.
 *
 * @example
 * const journal = new CheckpointJournal(() => store.write({ wormhole: wormhole.serialize(), memory }));
 * const wormhole = createWormhole({ appId, relayUrl, delegate, journal });
 */
export class CheckpointJournal implements Journal {
  readonly #saveCheckpoint: () => void | Promise<void>;
  /** The number of nested bodies that are running. */
  #depth = 0;
  /** Whether something has changed since the last checkpoint began. */
  #changed = false;
  #saving = false;
  #releasing = false;
  /** Effects whose checkpoint is not saved. */
  #queued: (() => void)[] = [];
  /** Effects whose checkpoint is saved, and which are being released. */
  readonly #safe: (() => void)[] = [];

  constructor(saveCheckpoint: () => void | Promise<void>) {
    this.#saveCheckpoint = saveCheckpoint;
  }

  process<T>(body: () => T): T {
    this.#depth++;
    try {
      return body();
    } finally {
      this.#depth--;
      this.#changed = true;
      if (this.#depth === 0) this.#save();
    }
  }

  queueOutbound(effect: () => void): void {
    if (this.#depth === 0) throw new TypeError("queueOutbound must be called in the body of process");
    this.#queued.push(effect);
  }

  #save(): void {
    if (this.#saving || !this.#changed) return;
    this.#saving = true;
    this.#changed = false;
    const following = this.#queued;
    this.#queued = [];
    const saved = () => this.#saved(following);
    const failed = (error: unknown) => this.#failed(error, following);
    let writing: void | Promise<void>;
    try {
      writing = this.#saveCheckpoint();
    } catch (error) {
      return failed(error);
    }
    if (writing) void writing.then(saved, failed);
    else saved();
  }

  #saved(following: (() => void)[]): void {
    this.#saving = false;
    this.#safe.push(...following);
    this.#release();
    this.#save();
  }

  #failed(error: unknown, following: (() => void)[]): void {
    this.#saving = false;
    this.#queued = [...following, ...this.#queued];
    report(error);
    this.#save();
  }

  /** Releases effects in order, including those of a checkpoint that an effect causes. */
  #release(): void {
    if (this.#releasing) return;
    this.#releasing = true;
    for (let effect = this.#safe.shift(); effect; effect = this.#safe.shift()) attempt(effect);
    this.#releasing = false;
  }
}
