import { type Machine, Runner, type Unexpected } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import { TransferError, TransitError } from "../../errors.ts";
import type { Meeting } from "../meeting.ts";
import { decodeMessages, encodeMessage, type Message } from "./messages.ts";
import type { ReceivingEffect } from "./receiving.ts";
import type { SendingEffect } from "./sending.ts";

/** Milliseconds in which the other side's own words may follow a connection that it has dropped. */
const LAST_WORDS = 1_000;

type Effect = SendingEffect | ReceivingEffect;
type Failed = { readonly on: "failed"; readonly told: string };
/** The machine of one half of the dialogue. */
type Half<S extends { at: string }, E extends { on: string }> = Machine<S, E | Message | Failed, Effect, Unexpected>;

/** What the two halves do in their own way. */
interface Does {
  useHints?(hints: readonly unknown[]): void;
  ask?(offer: Extract<Effect, { do: "ask" }>["offer"]): void;
  acknowledge?(sha256: string): void;
}

/** Runs one half of the dialogue over the wormhole of a meeting. */
export class Dialogue<S extends { at: string }, E extends { on: string }, Result> {
  /** The offer was accepted: bytes are to flow. */
  readonly accepted = new Once<void>();
  readonly succeeded = new Once<void>();
  readonly #meeting: Meeting<Result>;
  readonly #half: Runner<S, E | Message | Failed, Effect, Unexpected>;
  readonly #does: Does;
  #flowing = false;

  constructor(meeting: Meeting<Result>, half: Half<S, E>, state: S, does: Does) {
    this.#meeting = meeting;
    this.#does = does;
    this.#half = new Runner(half, state, {
      perform: (effect) => this.#perform(effect),
      unexpected: () => meeting.fail(new TransferError("The other side said something that does not belong here.")),
    });
    meeting.farewell = (told) => this.post({ on: "failed", told });
    void this.#listen();
  }

  post(event: E | Message | Failed): void {
    this.#half.post(event);
  }

  /** After the connection has failed: lets the other side say why. */
  async lastWords(error: unknown): Promise<void> {
    if (!(error instanceof TransitError)) return;
    const moment = new Once<void>();
    const timer = this.#meeting.platform.clock.after(LAST_WORDS, () => moment.resolve());
    await this.#meeting.until(moment.promise).catch(() => {});
    timer.cancel();
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case "send":
        return this.#meeting.wormhole.sendMessage(encodeMessage(effect.message));
      case "useHints":
        return this.#does.useHints?.(effect.hints);
      case "ask":
        return this.#does.ask?.(effect.offer);
      case "transfer":
        this.#flowing = true;
        return this.accepted.resolve();
      case "acknowledge":
        return this.#does.acknowledge?.(effect.sha256);
      case "succeed":
        return this.succeeded.resolve();
      case "fail": {
        const { message, reason } = effect;
        return this.#meeting.fail(new TransferError(message, reason === undefined ? {} : { reason }));
      }
    }
  }

  async #listen(): Promise<void> {
    try {
      for await (const bytes of this.#meeting.wormhole.messages()) {
        for (const message of decodeMessages(bytes)) this.post(message);
      }
    } catch (error) {
      // Once bytes flow, the wormhole may go: nothing of it is needed any more.
      if (!this.#flowing || error instanceof TransferError) this.#meeting.fail(error);
    }
  }
}
