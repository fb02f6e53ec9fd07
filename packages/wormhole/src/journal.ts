/**
 * Journaled mode: nothing leaves before the state that it follows from is safe. A program that dies at any moment, and
 * goes on from its last checkpoint, then never contradicts what it said before.
 */

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
 * Saves a checkpoint after each outermost {@link process}, then releases what was queued.
 *
 * `saveCheckpoint` takes the state at once (`wormhole.serialize()` and whatever the application adds) and may return a
 * promise while it is being written. What happens meanwhile changes the state further and is saved by the next
 * checkpoint; one is written at a time. If it throws or rejects, nothing is released; the next one that succeeds
 * releases all. A body that throws leaves the journal in order: what had changed until then is saved all the same.
 */
export class CheckpointJournal implements Journal {
  readonly #saveCheckpoint: () => void | Promise<void>;
  #depth = 0;
  #queued: (() => void)[] = [];
  #writing = false;
  #changed = false;

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
    if (this.#writing || !this.#changed) return;
    this.#changed = false;
    const safe = this.#queued.length;
    const saved = this.#saveCheckpoint();
    if (saved) this.#whenSaved(saved, safe);
    else this.#release(safe);
  }

  #whenSaved(saved: Promise<void>, safe: number): void {
    this.#writing = true;
    const done = (release: () => void) => {
      this.#writing = false;
      release();
      this.#save();
    };
    saved.then(
      () => done(() => this.#release(safe)),
      (error: unknown) => {
        this.#writing = false;
        report(error);
      },
    );
  }

  #release(count: number): void {
    for (const effect of this.#queued.splice(0, count)) effect();
  }
}

/** As platforms report what nobody caught. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
