/** The events of a transfer, for every loop of the application that iterates over them. */
import { Once } from "../base/once.ts";
import type { TransferEvent } from "./api.ts";

/**
 * Every iteration gets all events from the first one on, however late it begins. A `progress` event replaces one that
 * still waits at the end, and so does a later report of the same wait. Every other event happens only a few times. So the
 * events stay few without a limit.
 */
export class EventQueue<Result> implements AsyncIterable<TransferEvent<Result>> {
  /** What an iteration that begins now gets. */
  readonly #past: TransferEvent<Result>[] = [];
  readonly #readers = new Set<TransferEvent<Result>[]>();
  #more = new Once<void>();
  #end: { error?: unknown } | undefined;
  #asked = false;

  /** Whether an iteration is under way, or one has taken the offer. */
  get isWatched(): boolean {
    return this.#asked || this.#readers.size > 0;
  }

  /** Appends an event. */
  emit(event: TransferEvent<Result>): void {
    for (const waiting of [this.#past, ...this.#readers]) append(waiting, event);
    this.#wake();
  }

  /** Ends the queue. With an `error`, every iteration throws it after the last event. */
  end(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#wake();
  }

  [Symbol.asyncIterator](): AsyncGenerator<TransferEvent<Result>, void, void> {
    const waiting = [...this.#past];
    this.#readers.add(waiting);
    return this.#read(waiting);
  }

  async *#read(waiting: TransferEvent<Result>[]): AsyncGenerator<TransferEvent<Result>, void, void> {
    try {
      for (;;) {
        const event = waiting.shift();
        if (event !== undefined) {
          this.#asked ||= event.type === "offer";
          yield event;
        } else if (this.#end === undefined) await this.#more.promise;
        else if ("error" in this.#end) throw this.#end.error;
        else return;
      }
    } finally {
      this.#readers.delete(waiting);
    }
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = new Once();
  }
}

function append<Result>(waiting: TransferEvent<Result>[], event: TransferEvent<Result>): void {
  const last = waiting.at(-1);
  if (last !== undefined && replaces(event, last)) waiting.pop();
  waiting.push(event);
}

function replaces(event: TransferEvent<unknown>, last: TransferEvent<unknown>): boolean {
  if (event.type === "stalled") return last.type === "stalled" && event.waitingFor === last.waitingFor;
  return event.type === "progress" && last.type === "progress";
}
