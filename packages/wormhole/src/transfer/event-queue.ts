import { Once } from "../base/once.ts";
import type { TransferEvent } from "./api.ts";

/**
 * Events on their way to a consumer, who may be slow or may not exist. Of several `progress` only the newest is kept,
 * and everything else happens a few times at most: so the queue never grows.
 */
export class EventQueue<Result> implements AsyncIterable<TransferEvent<Result>> {
  readonly #waiting: TransferEvent<Result>[] = [];
  #more = new Once<void>();
  #end: { error?: unknown } | undefined;

  emit(event: TransferEvent<Result>): void {
    if (event.type === "progress" && this.#waiting.at(-1)?.type === "progress") this.#waiting.pop();
    this.#waiting.push(event);
    this.#wake();
  }

  /** No event follows. With an error, the consumer gets it after the last event. */
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
