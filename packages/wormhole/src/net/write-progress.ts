/** Tracks which writes of a connection the network has taken. */
import { Once } from "../base/once.ts";

/** Counts the writes of a connection, and the writes that the network has taken. Callers can wait for the rest. */
export class WriteProgress {
  #written = 0;
  #taken = 0;
  readonly #waiting: { readonly writes: number; readonly taken: Once<void> }[] = [];

  /** Notes that a write has begun. */
  began(): void {
    this.#written++;
  }

  /** Notes that the network has taken the oldest write. A write with an error was not taken. */
  readonly ended = (error?: Error | null): void => {
    if (error) return;
    this.#taken++;
    while (this.#waiting[0] !== undefined && this.#waiting[0].writes <= this.#taken)
      this.#waiting.shift()?.taken.resolve();
  };

  /** Resolves when every write that has begun so far has been taken. Rejects after {@link fail}. */
  allTaken(): Promise<void> {
    const taken = new Once<void>();
    this.#waiting.push({ writes: this.#written, taken });
    return taken.promise;
  }

  /** Rejects all waits: nothing more will be taken. */
  fail(error: Error): void {
    for (const { taken } of this.#waiting.splice(0)) taken.reject(error);
  }
}
