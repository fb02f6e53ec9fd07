/** The messages and questions that `send` and `receive` have in common while a transfer runs. */
import { printable } from "@wormhole-ts/wormhole";
import type { Transfer, TransferEvent, WaitingFor } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import { Meter } from "../terminal/meter.ts";
import { VERSION } from "../version.ts";
import {
  firstWords,
  type Listed,
  moreSentence,
  noticeSentence,
  type Role,
  SERVER_IS_BACK,
  skippedSentence,
  stillWaiting,
  stillWaitingShort,
  type WaitFacts,
} from "./sentences.ts";

/** Silence after which the program shows what it is waiting for. */
const FIRST_WORDS_AFTER_MS = 1_000;
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
  readonly role: Role;
  /** Whether the peer made the code, so that it should be waiting already. */
  readonly joins: boolean;
  /** Whether a person types the code after the server has answered. Nothing may be written to the terminal meanwhile. */
  readonly typesCode?: boolean;
  /** What is sent, if that is known. */
  readonly kind?: WaitFacts["kind"];
  /** Whether the user compares the verifier. */
  readonly verify: boolean;
  readonly showProgress: boolean;
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
      conversation.waitAfter(event);
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

/** What each side waits for after an event. */
const FOLLOWING: { readonly [R in Role]: { readonly [T in TransferEvent<never>["type"]]?: WaitingFor } } = {
  sender: { welcome: "server", code: "peer", key: "proof", offer: "answer", finishing: "confirmation" },
  receiver: {
    welcome: "server",
    code: "peer",
    key: "proof",
    versions: "offer",
    offer: "connection",
    finishing: "storage",
  },
};

/** Members of a folder that are listed one by one. The others are counted. */
const MOST_LISTED = 100;

/** The list to which an event belongs, if it belongs to one. */
function listedAs<R>(event: TransferEvent<R>): Listed | undefined {
  return event.type === "notice" ? event.notice : event.type === "skipped" ? "skipped" : undefined;
}

class Conversation<R> {
  readonly #context: Context;
  readonly #options: ConversationOptions<R>;
  readonly #meter: Meter | undefined;
  #facts: WaitFacts;
  /** The wait whose long sentence was said last. */
  #explained: WaitingFor | undefined;
  #firstWords: NodeJS.Timeout | undefined;
  /** The list that is being said, and how many it has had so far. */
  #listed: { readonly what: Listed; count: number } | undefined;

  constructor(context: Context, options: ConversationOptions<R>) {
    const { role, joins, kind, showProgress } = options;
    this.#context = context;
    this.#options = options;
    this.#facts = { role, joins, kind };
    this.#meter = showProgress ? new Meter(context.output, role === "sender") : undefined;
    this.#wait("server");
  }

  async handle(event: TransferEvent<R>, over: AbortSignal): Promise<void> {
    clearTimeout(this.#firstWords);
    if (this.#listed !== undefined && listedAs(event) !== this.#listed.what) this.#endList();
    switch (event.type) {
      case "welcome":
        this.#showMotd(event.welcome.motd);
        return this.#showRecommendation(event.welcome.current_cli_version);
      case "code":
        this.#facts = { ...this.#facts, number: event.code.split("-")[0] };
        return;
      case "verifier":
        return this.#verify(event, over);
      case "offer":
        this.#facts = { ...this.#facts, kind: event.offer.kind === "directory" ? "folder" : event.offer.kind };
        return;
      case "progress":
        return this.#meter?.update(event.bytes, event.total);
      case "finishing":
        // At the sender, the last bytes are still on their way: the bar stays until the other side has confirmed them.
        if (this.#facts.role === "receiver") this.#meter?.finish();
        return;
      case "done":
        return this.#meter?.finish();
      case "stalled":
        return this.#stalled(event);
      case "notice":
      case "skipped":
        return this.#list(event);
      case "key":
      case "versions":
      case "connected":
        return;
    }
  }

  /** Says what an event tells about one member of a folder. A long list would push everything else off the screen. */
  #list(event: EventOf<R, "notice"> | EventOf<R, "skipped">): void {
    this.#listed ??= { what: event.type === "notice" ? event.notice : event.type, count: 0 };
    this.#listed.count += 1;
    if (this.#listed.count > MOST_LISTED) return;
    const sentence = event.type === "notice" ? noticeSentence(event) : skippedSentence(event.path, event.reason);
    this.#context.output.say(sentence);
  }

  #endList(): void {
    if (this.#listed === undefined) return;
    const { what, count } = this.#listed;
    this.#listed = undefined;
    if (count > MOST_LISTED) this.#context.output.say(moreSentence(what, count - MOST_LISTED));
  }

  /** Prepares the first words about what follows the event. */
  waitAfter({ type }: TransferEvent<R>): void {
    const isTyping = type === "welcome" && this.#options.typesCode === true;
    const isDone = type === "offer" && this.#facts.kind === "text";
    const next = FOLLOWING[this.#facts.role][type];
    if (next !== undefined && !isTyping && !isDone) this.#wait(next);
  }

  stop(): void {
    clearTimeout(this.#firstWords);
    this.#endList();
    this.#meter?.stop();
    this.#context.output.clearStatus();
  }

  #wait(waitingFor: WaitingFor): void {
    const sentence = firstWords(waitingFor, this.#facts);
    if (sentence === undefined) return;
    this.#firstWords = setTimeout(() => this.#context.output.say(sentence), FIRST_WORDS_AFTER_MS);
  }

  /** A log gets a line for every event. On a terminal, a long sentence is said once, and then the time counts in place. */
  #stalled(event: EventOf<R, "stalled">): void {
    const { output } = this.#context;
    const before = this.#explained;
    this.#explained = event.waitingFor;
    if (event.seconds === 0) return output.say(SERVER_IS_BACK);
    const sentence = stillWaiting(event, this.#facts);
    if (!output.canRedraw) return output.say(sentence);
    // The bar shows that nothing moves.
    if (this.#meter?.isDrawn === true) return;
    const fits = sentence.length < output.columns;
    if (!fits && before !== event.waitingFor) output.say(sentence);
    else output.status(fits ? sentence : stillWaitingShort(event));
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
    const groups =
      Buffer.from(event.verifier)
        .toString("hex")
        .match(/.{1,8}/g) ?? [];
    const { questions } = this.#context;
    questions.tell(`Verifier ${groups.join(" ")}`);
    questions.tell("Compare it with the other person, who sees it with --verify.");
    const same = await questions.agreesFully("Is it the same? (yes/no): ", over);
    if (same) event.accept();
    else event.reject();
  }
}
