/**
 * Counts strangers that greet with a wrong key. An address that does so again and again is not answered any more: it has no
 * key, and each answer is a guess that it may check.
 */

/** Wrong greetings from one address before it is not answered any more. A mistaken program makes a few. */
const MAX_WRONG_GREETINGS = 32;
/** The maximum number of addresses that are counted. */
const MAX_ADDRESSES = 1024;

export class StrangerLimit {
  readonly #wrong = new Map<string, number>();

  /** Notes a complete greeting with a wrong key. `from` is the far end, as a connection describes it. */
  greetedWrongly(from: string): void {
    const host = hostOf(from);
    if (this.#wrong.size < MAX_ADDRESSES || this.#wrong.has(host)) {
      this.#wrong.set(host, (this.#wrong.get(host) ?? 0) + 1);
    }
  }

  /** Whether a far end is not answered any more. */
  isIgnored(from: string): boolean {
    return (this.#wrong.get(hostOf(from)) ?? 0) >= MAX_WRONG_GREETINGS;
  }
}

function hostOf(from: string): string {
  return from.replace(/:\d+$/, "");
}
