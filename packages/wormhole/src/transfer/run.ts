/** The start and the end of every transfer: its events, its promises, and the signal that ends all of its waits. */
import { onAbort } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import { chosenPlatform } from "../platform/chosen.ts";
import type { Transfer } from "./api.ts";
import type { TransferContext } from "./context.ts";
import { EventQueue } from "./event-queue.ts";

/**
 * Starts a transfer. `body` does the work; its result is the result of the transfer.
 * @throws {TypeError} if `options.tor` is not a Tor
 */
export function startTransfer<Result>(
  options: TransferContext["options"],
  body: (context: TransferContext) => Promise<Result>,
): Transfer<Result> {
  const events = new EventQueue<Result>();
  const code = new Once<string>();
  const ending = new AbortController();
  const context: TransferContext = {
    options,
    platform: chosenPlatform(options),
    signal: ending.signal,
    emit(event) {
      if (event.type === "code") code.resolve(event.code);
      events.emit(event);
    },
    fail: (error) => ending.abort(error),
    isWatched: () => events.isWatched,
  };
  onAbort(context.signal, (reason) => code.reject(reason));
  const forgetSignal = onAbort(options.signal, context.fail);
  const done = run(context, events, body).finally(forgetSignal);
  // An application that only iterates gets the error there, and must not be ended by an unhandled rejection.
  done.catch(() => {});
  return { code: code.promise, done, [Symbol.asyncIterator]: () => events[Symbol.asyncIterator]() };
}

async function run<Result>(
  context: TransferContext,
  events: EventQueue<Result>,
  body: (context: TransferContext) => Promise<Result>,
): Promise<Result> {
  try {
    const result = await body(context);
    events.emit({ type: "done", result });
    events.end({});
    return result;
  } catch (error) {
    context.fail(error);
    // If several errors follow from each other, the first one is the cause.
    const reason: unknown = context.signal.reason;
    events.end({ error: reason });
    throw reason;
  }
}
