/**
 * The messages of a transfer that go through its wormhole. From the start of the wormhole on, every failure here is told
 * to the peer, whether or not a dialogue machine takes part already.
 */
import type { Wormhole } from "../../api.ts";
import { onAbort } from "../../base/abort.ts";
import { type Machine, Runner, type Unexpected } from "../../base/machine.ts";
import { TransferError, TransitError } from "../../errors.ts";
import type { Notice } from "../api.ts";
import { PEER_PHRASES, peerMessageOf } from "../local-error.ts";
import { type CommonEffect, type CommonEvent, type Fail, peerFailure, sameRole } from "./common.ts";
import { decodeMessages, encodeMessage, type Message } from "./messages.ts";

/** What a conversation needs of its transfer. */
export interface Talk {
  readonly role: "sender" | "receiver";
  readonly options: { readonly signal?: AbortSignal | undefined };
  readonly signal: AbortSignal;
  readonly emit: (event: { readonly type: "notice" } & Notice) => void;
  readonly fail: (error: unknown) => void;
}

/** The parts of one side's dialogue. */
interface Part<State extends { at: string }, Event extends { on: string }, Effect extends { do: string }> {
  readonly machine: Machine<State, Event | CommonEvent, Effect | CommonEffect, Unexpected>;
  readonly initial: State;
  /** Carries out the effects that only this side has. */
  readonly perform: (effect: Effect) => void;
  /** Takes the peer's hints. */
  readonly useHints?: ((hints: readonly unknown[]) => void) | undefined;
}

/** One side of the conversation. It listens before a machine takes part, and keeps what arrives until then. */
export class Conversation {
  readonly #talk: Talk;
  readonly #wormhole: Wormhole;
  readonly #early: Message[] = [];
  #bytesFlow = false;
  #post: (event: CommonEvent) => void = (event) => this.#withoutMachine(event);

  constructor(talk: Talk, wormhole: Wormhole) {
    this.#talk = talk;
    this.#wormhole = wormhole;
    onAbort(talk.signal, (error) => this.#farewell(error));
    this.#listen().catch((error: unknown) => {
      // Once bytes flow, the wormhole is no longer needed.
      if (!this.#bytesFlow || error instanceof TransferError) talk.fail(error);
    });
  }

  /** Hands the conversation to a machine. Returns the function that gives it an event. */
  begin<State extends { at: string }, Event extends { on: string }, Effect extends { do: string }>({
    machine,
    initial,
    perform,
    useHints = () => {},
  }: Part<State, Event, Effect>): (event: Event) => void {
    const runner = new Runner<State, Event | CommonEvent, Effect | CommonEffect, Unexpected>(machine, initial, {
      perform: (effect) => {
        if (isOfBoth(effect)) return this.#perform(effect, useHints);
        // From here on, a broken link to the mailbox server is no failure.
        this.#bytesFlow ||= effect.do === "transfer";
        perform(effect);
      },
      unexpected: () => this.#talk.fail(new TransferError("The other side sent a message that does not belong here.")),
    });
    this.#post = (event) => runner.post(event);
    for (const message of this.#early.splice(0)) runner.post(message);
    return (event) => runner.post(event);
  }

  #perform(effect: CommonEffect, useHints: (hints: readonly unknown[]) => void): void {
    switch (effect.do) {
      case "send":
        return this.#wormhole.sendMessage(encodeMessage(effect.message));
      case "useHints":
        return useHints(effect.hints);
      case "notice":
        return this.#talk.emit({ type: "notice", ...effect.notice });
      case "fail":
        return this.#fail(effect);
    }
  }

  #withoutMachine(event: CommonEvent): void {
    if (event.on === "failed") this.#wormhole.sendMessage(encodeMessage({ on: "error", text: event.peerMessage }));
    else if (event.on === "error") this.#fail(peerFailure(event.text));
    else this.#early.push(event);
  }

  #fail({ message, code, reason }: Fail): void {
    const { role, fail } = this.#talk;
    if (code === "transit") fail(new TransitError(message));
    // The peer does not say which of the two roles it has.
    else if (code === "wrong-role") fail(new TransferError(sameRole(role), { code, reason }));
    else fail(new TransferError(message, { code, reason }));
  }

  async #listen(): Promise<void> {
    for await (const bytes of this.#wormhole.messages()) {
      for (const message of decodeMessages(bytes)) this.#post(message);
    }
  }

  #farewell(error: unknown): void {
    const cancelled = this.#talk.options.signal?.aborted === true;
    try {
      this.#post({ on: "failed", peerMessage: cancelled ? PEER_PHRASES.cancelled : peerMessageOf(error) });
    } catch {
      // If the wormhole has ended, the peer cannot be informed.
    }
  }
}

const COMMON: { readonly [D in CommonEffect["do"]]: true } = { send: true, useHints: true, notice: true, fail: true };

const isOfBoth = (effect: { do: string }): effect is CommonEffect => Object.hasOwn(COMMON, effect.do);
