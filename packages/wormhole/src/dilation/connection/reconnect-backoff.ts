import { MAX_VAIN, VAIN_PAUSE, VAIN_PAUSE_MOST } from "../limits.ts";

/**
 * Whether connections are of any use. Where something cuts each of them at once, perhaps the other program's own fault,
 * new ones are not made as fast as we can, for ever.
 */
export class Gain {
  /** What had been carried when the present connection began. */
  #progress = 0;
  /** Connections that have carried nothing, one after the other. */
  #vain = 0;

  /** A connection begins; so many records were carried before. */
  began(progress: number): void {
    this.#progress = progress;
  }

  /** It is lost; so many records were carried up to now. Gives how long to wait before it is told, milliseconds. */
  ended(progress: number): number {
    this.#vain = progress > this.#progress ? 0 : this.#vain + 1;
    return this.#vain > MAX_VAIN ? Math.min(VAIN_PAUSE * 2 ** (this.#vain - MAX_VAIN), VAIN_PAUSE_MOST) : 0;
  }
}
