/** What both sides of a transfer tell and ask in the same way. */
import { printable } from "@wormhole-ts/wormhole";
import type { Transfer, TransferEvent } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import { Meter } from "../terminal/meter.ts";
import { VERSION } from "../version.ts";

/** Milliseconds of silence after which is said what is being waited for. */
const PATIENCE = 1_000;
/** A server has a few lines to say, not a flood. */
const LONGEST_MOTD = 2_000;
/** Columns of a version that a server advises: no version needs more. */
const LONGEST_VERSION = 40;

/** What is done with the events of a transfer, those that matter. */
export type Handlers<Result> = {
  readonly [T in TransferEvent<Result>["type"]]?: (
    event: EventOf<Result, T>,
    over: AbortSignal,
  ) => void | Promise<void>;
};
type EventOf<Result, T> = Extract<TransferEvent<Result>, { type: T }>;

/** How the two sides differ. */
export interface Manners<Result> {
  readonly relayUrl: string;
  readonly verify: boolean;
  readonly showProgress: boolean;
  /** Said after a while without the other side. */
  readonly waiting?: string;
  /** Said and asked in this side's words. The signal aborts when the transfer is over, so that no question outlives it. */
  readonly on: Handlers<Result>;
}

/** Tells what happens in a transfer and asks what is to be asked, until it is over. Rejects with what ended it. */
export async function converse<R>(transfer: Transfer<R>, context: Context, manners: Manners<R>): Promise<R> {
  const over = new AbortController();
  const end = () => over.abort();
  transfer.done.then(end, end);
  const side = new Side(context, manners);
  try {
    for await (const event of transfer) {
      await side.handle(event, over.signal);
      await handle(manners.on, event, over.signal);
    }
    return await transfer.done;
  } finally {
    side.stop();
  }
}

async function handle<R>(handlers: Handlers<R>, event: TransferEvent<R>, over: AbortSignal): Promise<void> {
  // The handler of a type takes the events of this type: the compiler cannot follow.
  const handler = handlers[event.type] as
    | ((event: TransferEvent<R>, over: AbortSignal) => void | Promise<void>)
    | undefined;
  await handler?.(event, over);
}

class Side<R> {
  readonly #context: Context;
  readonly #manners: Manners<R>;
  readonly #meter: Meter | undefined;
  #notice: NodeJS.Timeout | undefined;

  constructor(context: Context, manners: Manners<R>) {
    this.#context = context;
    this.#manners = manners;
    this.#meter = manners.showProgress && context.output.canRedraw ? new Meter(context.output) : undefined;
  }

  async handle(event: TransferEvent<R>, over: AbortSignal): Promise<void> {
    clearTimeout(this.#notice);
    switch (event.type) {
      case "welcome":
        this.#greet(event.welcome.motd);
        return this.#advise(event.welcome.current_cli_version);
      case "code":
        return this.#sayLater(this.#manners.waiting);
      case "key":
        return this.#sayLater("Key established, waiting for confirmation...");
      case "verifier":
        return this.#verify(event, over);
      case "progress":
        return this.#meter?.update(event.bytes, event.total);
      case "finishing":
        return this.#meter?.finish();
      case "stalled":
        return this.#context.output.say(`Nothing has moved for ${event.seconds} seconds: still waiting.`);
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
    this.#notice = setTimeout(() => this.#context.output.say(sentence), PATIENCE);
  }

  #greet(motd: unknown): void {
    if (typeof motd !== "string" || motd === "") return;
    const text = printable(motd.slice(0, LONGEST_MOTD).trim(), { multiline: true });
    const lines = text.split("\n").map((line) => `  ${line}`);
    this.#context.output.say(`Server (at ${printable(this.#manners.relayUrl)}) says:\n${lines.join("\n")}`);
  }

  /** A server may know of another version of the program: whether it is one of this program, only a person can tell. */
  #advise(version: unknown): void {
    if (typeof version !== "string" || version === "" || version === VERSION) return;
    const advised = printable(version, { width: LONGEST_VERSION });
    this.#context.output.say(
      `The server advises version ${advised} of its users' program; this is wormhole-ts ${VERSION}.`,
    );
  }

  async #verify(event: EventOf<R, "verifier">, over: AbortSignal): Promise<void> {
    if (!this.#manners.verify) return;
    const verifier = Buffer.from(event.verifier).toString("hex");
    const same = await this.#context.questions.confirms(`Verifier ${verifier}. ok? (yes/no): `, over);
    if (same) event.accept();
    else event.reject();
  }
}
