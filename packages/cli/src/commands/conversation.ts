/** The messages and questions that `send` and `receive` have in common while a transfer runs. */
import { printable } from "@wormhole-ts/wormhole";
import type { Transfer, TransferEvent } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import { Meter } from "../terminal/meter.ts";
import { VERSION } from "../version.ts";

/** Silence after which the program shows what it is waiting for. */
const NOTICE_AFTER_MS = 1_000;
/** Characters of a server's message of the day that are shown. */
const LONGEST_MOTD = 2_000;
/** Columns of the version that a server recommends. */
const LONGEST_VERSION = 40;

/** The event of one type. */
export type EventOf<Result, T> = Extract<TransferEvent<Result>, { type: T }>;

/** The actions of one side at each event, after those of both sides. `over` aborts when the transfer is over. */
export type Handlers<Result> = {
  readonly [T in TransferEvent<Result>["type"]]?: (
    event: EventOf<Result, T>,
    over: AbortSignal,
  ) => void | Promise<void>;
};

/** The parts in which the two sides of a transfer differ. */
export interface ConversationOptions<Result> {
  /** The mailbox server, to name it beside its message of the day. */
  readonly relayUrl: string;
  /** Whether the user compares the verifier. */
  readonly verify: boolean;
  readonly showProgress: boolean;
  /** Shown if the other side has not connected after a second. */
  readonly waiting?: string;
  readonly on: Handlers<Result>;
}

/**
 * Shows what happens in a transfer, and asks the user its questions. A question that is still open when the transfer is
 * over is withdrawn. Rejects with the error that ended the transfer.
 */
export async function converse<R>(
  transfer: Transfer<R>,
  context: Context,
  options: ConversationOptions<R>,
): Promise<R> {
  const over = new AbortController();
  const end = () => over.abort();
  transfer.done.then(end, end);
  const conversation = new Conversation(context, options);
  try {
    for await (const event of transfer) {
      await conversation.handle(event, over.signal);
      await handle(options.on, event, over.signal);
    }
    return await transfer.done;
  } finally {
    conversation.stop();
  }
}

async function handle<R>(handlers: Handlers<R>, event: TransferEvent<R>, over: AbortSignal): Promise<void> {
  // The compiler cannot see that the handler under a type takes the events of that type.
  const handler = handlers[event.type] as
    | ((event: TransferEvent<R>, over: AbortSignal) => void | Promise<void>)
    | undefined;
  await handler?.(event, over);
}

class Conversation<R> {
  readonly #context: Context;
  readonly #options: ConversationOptions<R>;
  readonly #meter: Meter | undefined;
  #notice: NodeJS.Timeout | undefined;

  constructor(context: Context, options: ConversationOptions<R>) {
    this.#context = context;
    this.#options = options;
    this.#meter = options.showProgress && context.output.canRedraw ? new Meter(context.output) : undefined;
  }

  async handle(event: TransferEvent<R>, over: AbortSignal): Promise<void> {
    clearTimeout(this.#notice);
    switch (event.type) {
      case "welcome":
        this.#showMotd(event.welcome.motd);
        return this.#showRecommendation(event.welcome.current_cli_version);
      case "code":
        return this.#sayLater(this.#options.waiting);
      case "key":
        return this.#sayLater("Key established, waiting for confirmation...");
      case "verifier":
        return this.#verify(event, over);
      case "progress":
        return this.#meter?.update(event.bytes, event.total);
      case "finishing":
        return this.#meter?.finish();
      case "stalled":
        return this.#context.output.say(`No data has moved for ${event.seconds} seconds. Still waiting.`);
      case "versions":
      case "skipped":
      case "offer":
      case "connected":
      case "done":
        return;
    }
  }

  stop(): void {
    clearTimeout(this.#notice);
    this.#meter?.stop();
  }

  #sayLater(sentence: string | undefined): void {
    if (sentence === undefined) return;
    this.#notice = setTimeout(() => this.#context.output.say(sentence), NOTICE_AFTER_MS);
  }

  #showMotd(motd: unknown): void {
    if (typeof motd !== "string" || motd === "") return;
    const text = printable(motd.slice(0, LONGEST_MOTD).trim(), { multiline: true });
    const lines = text.split("\n").map((line) => `  ${line}`);
    this.#context.output.say(`Server (at ${printable(this.#options.relayUrl)}) says:\n${lines.join("\n")}`);
  }

  /** Shows the client version that the server recommends. A person must judge whether it is that of this program. */
  #showRecommendation(version: unknown): void {
    if (typeof version !== "string" || version === "" || version === VERSION) return;
    const recommended = printable(version, { width: LONGEST_VERSION });
    this.#context.output.say(`The server recommends client version ${recommended}. This is wormhole-ts ${VERSION}.`);
  }

  async #verify(event: EventOf<R, "verifier">, over: AbortSignal): Promise<void> {
    if (!this.#options.verify) return;
    const verifier = Buffer.from(event.verifier).toString("hex");
    const same = await this.#context.questions.agreesFully(`Verifier ${verifier}. ok? (yes/no): `, over);
    if (same) event.accept();
    else event.reject();
  }
}
