/**
 * Journaled mode: nothing leaves before the state that it follows from is safe. A program that dies at any moment, and
 * goes on from its last checkpoint, then never contradicts what it said before.
 */
import { attempt, report } from "./report.ts";

/**
 * What decides when effects are released. An application gives the same journal to its wormholes and runs its own
 * events through {@link process} too, so that its state and theirs are saved together.
 */
export interface Journal {
  /** Runs `body`, in which state changes, and gives its result. May be called inside of itself. */
  process<T>(body: () => T): T;
  /** Called within {@link process}: an effect on the outside, to be released when the state is safe. */
  queueOutbound(effect: () => void): void;
}

/** Releases every effect at once: nothing is ever saved. */
export const immediateJournal: Journal = {
  process: (body) => body(),
  queueOutbound: (effect) => effect(),
};

/**
 * Saves a checkpoint after each outermost {@link process}, then releases what was queued, in order.
 *
 * `saveCheckpoint` takes the state at once (`wormhole.serialize()` and whatever the application adds) and may return a
 * promise while it is being written. What happens meanwhile changes the state further and is saved by the next
 * checkpoint; one is written at a time. If it throws or rejects, the error is reported as platforms report what nobody
 * caught, and nothing is released; the next one that succeeds releases all. `process(() => {})` asks for one more.
 *
 * A body that throws leaves the journal in order: what had changed until then is saved all the same. The body ends when
 * it returns: nothing that it does after an `await` belongs to it. An effect that throws is reported, and the others follow.
 */
export class CheckpointJournal implements Journal {
  readonly #saveCheckpoint: () => void | Promise<void>;
  /** Bodies that run, one inside of the other. */
  #depth = 0;
  /** Something happened that no checkpoint has seen. */
  #changed = false;
  #saving = false;
  #releasing = false;
  /** Effects that wait for a checkpoint, and those whose checkpoint is safe. */
  #queued: (() => void)[] = [];
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
    if (this.#depth === 0) throw new TypeError("queueOutbound is for the body of process");
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

  /** An effect may cause another checkpoint: what follows from that is released here too, after what was before it. */
  #release(): void {
    if (this.#releasing) return;
    this.#releasing = true;
    for (let effect = this.#safe.shift(); effect; effect = this.#safe.shift()) attempt(effect);
    this.#releasing = false;
  }
}
