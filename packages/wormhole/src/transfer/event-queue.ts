/** The queue between a transfer and the application that iterates over its events. */
import { Once } from "../base/once.ts";
import type { TransferEvent } from "./api.ts";

/**
 * Events that wait for a consumer, which may be slow or missing. A `progress` event replaces one that still waits at
 * the end, and every other event happens only a few times. So the queue stays short without a limit.
 */
export class EventQueue<Result> implements AsyncIterable<TransferEvent<Result>> {
  readonly #waiting: TransferEvent<Result>[] = [];
  #more = new Once<void>();
  #end: { error?: unknown } | undefined;

  /** Appends an event. */
  emit(event: TransferEvent<Result>): void {
    if (event.type === "progress" && this.#waiting.at(-1)?.type === "progress") this.#waiting.pop();
    this.#waiting.push(event);
    this.#wake();
  }

  /** Ends the queue. With an `error`, the iteration throws it after the last event. */
  end(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TransferEvent<Result>, void, void> {
    for (;;) {
      const event = this.#waiting.shift();
      if (event !== undefined) yield event;
      else if (this.#end === undefined) await this.#more.promise;
      else if ("error" in this.#end) throw this.#end.error;
      else return;
    }
  }

  #wake(): void {
    this.#more.resolve();
    this.#more = new Once();
  }
}
