import type { Machine } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import type { Random } from "../../base/random.ts";
import { TransferError, TransitError } from "../../errors.ts";
import type { Meeting } from "../meeting.ts";
import { decodeMessages, encodeMessage, type Message } from "./messages.ts";
import type { ReceivingEffect } from "./receiving.ts";
import type { SendingEffect } from "./sending.ts";

/** Milliseconds in which the other side's own words may follow a connection that it has dropped. */
const LAST_WORDS = 1_000;

type Effect = SendingEffect | ReceivingEffect;
type Failed = { readonly on: "failed"; readonly told: string };
/** Takes a step of one half of the dialogue, and keeps its state. */
type Take<E> = (event: E | Message | Failed) => readonly Effect[] | "unexpected";

/** What the two halves do in their own way. */
interface Does {
  useHints?(hints: readonly unknown[]): void;
  ask?(offer: Extract<Effect, { do: "ask" }>["offer"]): void;
  acknowledge?(sha256: string): void;
}

/** A machine together with its state. */
export function running<S extends { at: string }, E extends { on: string }, F>(
  machine: Machine<S, E, F>,
  state: S,
  random: Random,
): (event: E) => readonly F[] | "unexpected" {
  let current = state;
  return (event) => {
    const step = machine.step(current, event, random);
    if (step === "unexpected") return step;
    const [next, ...effects] = step;
    current = next;
    return effects;
  };
}

/** Runs one half of the dialogue over the wormhole of a meeting. */
export class Dialogue<E, Result> {
  /** The offer was accepted: bytes are to flow. */
  readonly accepted = new Once<void>();
  readonly succeeded = new Once<void>();
  readonly #meeting: Meeting<Result>;
  readonly #take: Take<E>;
  readonly #does: Does;
  #flowing = false;

  constructor(meeting: Meeting<Result>, take: Take<E>, does: Does) {
    this.#meeting = meeting;
    this.#take = take;
    this.#does = does;
    meeting.farewell = (told) => this.dispatch({ on: "failed", told });
    void this.#listen();
  }

  dispatch(event: E | Message | Failed): void {
    const effects = this.#take(event);
    if (effects !== "unexpected") for (const effect of effects) this.#perform(effect);
    else this.#meeting.fail(new TransferError("The other side said something that does not belong here."));
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
        for (const message of decodeMessages(bytes)) this.dispatch(message);
      }
    } catch (error) {
      // Once bytes flow, the wormhole may go: nothing of it is needed any more.
      if (!this.#flowing || error instanceof TransferError) this.#meeting.fail(error);
    }
  }
}
