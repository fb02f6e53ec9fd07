/** The part that both flavours of a wormhole share: the controls, and the session behind them. */
import type { CodeInput, RestoreOptions, WormholeControls, WormholeStatus } from "../api.ts";
import { onAbort } from "../base/abort.ts";
import { type Bytes, bytesOf, copyBytes } from "../base/bytes.ts";
import type { Journal } from "../base/journal.ts";
import { copyJson, type JsonObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { attempt } from "../base/report.ts";
import { deriveKey, MAX_DERIVED } from "../crypto/keys.ts";
import { LonelyError, NoKeyError, OnlyOneCodeError, WormholeClosedError, WormholeError } from "../errors.ts";
import { chosenPlatform } from "../platform/chosen.ts";
import type { Platform } from "../platform/platform.ts";
import { codeInput } from "../session/code-input.ts";
import { DEFAULT_WORDS, MAX_WORDS, parseCode } from "../session/code-words.ts";
import { SessionDriver } from "../session/driver.ts";
import { type Ending, errorOf } from "../session/ending.ts";
import type { CodeEvent, WormholeEvent } from "../session/events.ts";
import { MAX_APP_MESSAGE_BYTES, MAX_MAILBOX_BYTES, onWire } from "../session/limits.ts";
import { endingOf, hasCode, isOpen, mailboxBytes, sharedKey } from "../session/queries.ts";
import type { Saved } from "../session/saved/saved-shape.ts";
import { sessionStatus } from "../session/status.ts";
import { watch } from "../session/watch.ts";
import { isInternal } from "./purposes.ts";

/** The options that a wormhole needs while it lives. The others are part of its state. */
export type ControlsOptions = Omit<RestoreOptions, "delegate" | "journal">;

/** The controls of a wormhole, and the session behind them. */
export abstract class Controls implements WormholeControls {
  /** The platform of this wormhole. With Tor, all its connections go through Tor. */
  protected readonly platform: Platform;
  readonly #options: ControlsOptions;
  readonly #driver: SessionDriver;
  /** Resolves when the nameplate of a typed code is chosen. */
  readonly #wordlist = new Once<void>();
  /** Removes the listener from the signal. */
  #ignoreSignal = () => {};
  /** The last status that was reported, as JSON. */
  #status: string;

  constructor(saved: Saved, options: ControlsOptions, journal: Journal) {
    const { signal, timing } = options;
    if (saved.tor && !options.tor) throw new TypeError("this wormhole was made with tor, and needs it again");
    this.#options = options;
    this.platform = chosenPlatform(options);
    this.#status = JSON.stringify(sessionStatus(saved.session));
    this.#driver = new SessionDriver({
      ...saved,
      platform: this.platform,
      journal,
      tell: (event) => this.#happened(event),
      changed: () => this.#report(),
      watch: timing && watch(timing),
    });
    this.#begin(signal);
  }

  allocateCode(words: number = DEFAULT_WORDS): void {
    if (!Number.isInteger(words) || words < 1 || words > MAX_WORDS)
      throw new TypeError(`words must be a number from 1 to ${MAX_WORDS}`);
    this.#startCode({ do: "allocateCode", words });
  }

  setCode(code: string): void {
    if (typeof code !== "string") throw new TypeError("code must be a string");
    this.#startCode({ do: "setCode", ...parseCode(code) });
  }

  inputCode(): CodeInput {
    this.#startCode({ do: "inputCode" });
    return codeInput(
      () => this.#driver.session,
      (event) => this.#postIfOpen(event),
      this.#wordlist,
    );
  }

  deriveKey(purpose: string, length: number): Bytes {
    if (typeof purpose !== "string") throw new TypeError("purpose must be a string");
    if (isInternal(purpose)) {
      throw new TypeError(`the library itself uses the purpose "${purpose}": begin yours with your domain name`);
    }
    if (!Number.isInteger(length) || length < 1 || length > MAX_DERIVED) {
      throw new TypeError(`length must be a number from 1 to ${MAX_DERIVED}`);
    }
    return copyBytes(this.keyFor(purpose, length));
  }

  sendMessage(message: Uint8Array): void {
    const plaintext = bytesOf("message", message);
    this.#mustBeOpen();
    if (plaintext.length > MAX_APP_MESSAGE_BYTES) throw tooLarge(plaintext.length);
    if (mailboxBytes(this.#driver.session) + onWire(plaintext.length) > MAX_MAILBOX_BYTES) throw mailboxFull();
    this.#driver.post({ do: "send", plaintext: copyBytes(plaintext) });
  }

  /** Derives a key for any purpose, also for one of the library itself. @throws {NoKeyError} */
  protected keyFor(purpose: string, length: number): Uint8Array {
    const key = sharedKey(this.#driver.session);
    if (!key) throw new NoKeyError();
    return deriveKey(key, purpose, length);
  }

  /** Ends the wormhole, because more messages have arrived than may wait for the application. */
  protected overwhelmed(): void {
    this.#driver.post({ do: "overwhelmed" });
  }

  /** Sends a control message of dilation. */
  protected sendDilation(message: JsonObject): void {
    this.#driver.post({ do: "sendControl", plaintext: new TextEncoder().encode(JSON.stringify(message)) });
  }

  /** Ends a pause before the next attempt to reach the server, and probes a connection that seems to be up. */
  protected hurry(): void {
    this.#driver.post({ do: "hurry" });
  }

  /** Connects to the server anew, because the addresses of this computer have changed. */
  protected moved(): void {
    this.#driver.post({ do: "moved" });
  }

  /** Whether this wormhole has neither ended nor begun to close. */
  protected get isOpen(): boolean {
    return !this.#driver.abandoned && isOpen(this.#driver.session);
  }

  /** The whole state of this wormhole at this moment. */
  protected get saved(): Saved {
    return this.#driver.saved;
  }

  /** Stops everything in this process. The server and the peer are not informed. */
  protected abandonSession(): void {
    this.#ignoreSignal();
    this.#driver.abandon();
  }

  /** Resolves when the connection to the server is shut down, within a bounded time. It never rejects. */
  protected shutDown(): Promise<void> {
    return this.#driver.shutDown();
  }

  /** Begins to close the wormhole. The event `closed` follows. */
  protected leave(): void {
    this.#driver.post({ do: "close" });
  }

  /** Receives every event for the application except the last one, in order and never during a transition. */
  protected abstract tell(event: WormholeEvent): void;
  /** Receives the result of the wormhole, after all other events. */
  protected abstract ended(result: "happy" | WormholeError): void;

  /** Called when the signal aborts, before the wormhole begins to close. */
  protected aborted(_reason: unknown): void {}

  #happened(event: WormholeEvent): void {
    if (event.type === "welcome") attempt(() => this.#options.welcomeHandler?.(copyJson(event.welcome)));
    if (event.type !== "closed") return this.tell(event);
    this.#ignoreSignal();
    this.#ended(errorOf(event.ending, this.#driver.saved.relayUrl, this.#driver.cause));
  }

  #ended(result: "happy" | WormholeError): void {
    this.#wordlist.reject(result === "happy" ? new WormholeClosedError() : result);
    this.ended(result);
  }

  /** Begins after the constructor has returned, so that the caller has the object before its first event. */
  #begin(signal: AbortSignal | undefined): void {
    if (signal?.aborted) return this.#neverBegin(signal.reason);
    this.#ignoreSignal = onAbort(signal, (reason) => {
      this.#abort(reason);
      this.leave();
    });
    queueMicrotask(() => this.#driver.post({ do: "begun" }));
  }

  /** Every wait of the application ends with the reason of its signal. */
  #abort(reason: unknown): void {
    this.#wordlist.reject(reason);
    this.aborted(reason);
  }

  /** Ends a wormhole whose signal has aborted before it began: no socket is opened. */
  #neverBegin(reason: unknown): void {
    queueMicrotask(() => {
      this.#driver.abandon();
      this.#abort(reason);
      this.#ended(new LonelyError(undefined, { cause: reason }));
    });
  }

  /** After a failure, every call throws the error that has ended the wormhole. */
  #mustBeOpen(): void {
    if (this.isOpen) return;
    const ending = endingOf(this.#driver.session);
    const failed = ending !== undefined && !NORMAL_ENDINGS.has(ending.kind);
    throw failed ? errorOf(ending, this.#driver.saved.relayUrl) : new WormholeClosedError();
  }

  #startCode(event: CodeEvent): void {
    this.#mustBeOpen();
    if (hasCode(this.#driver.session)) throw new OnlyOneCodeError();
    this.#driver.post(event);
  }

  #postIfOpen(event: CodeEvent): void {
    this.#mustBeOpen();
    this.#driver.post(event);
  }

  #report(): void {
    const status: WormholeStatus = sessionStatus(this.#driver.session);
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    attempt(() => this.#options.onStatus?.(status));
  }
}

/** The endings that `close()` causes. */
const NORMAL_ENDINGS: ReadonlySet<Ending["kind"]> = new Set(["happy", "lonely", "abandoned"]);

function tooLarge(length: number): WormholeError {
  const message =
    `A message may have at most ${MAX_APP_MESSAGE_BYTES} bytes, but this one has ${length}. ` +
    "Send larger data through a Transit or a dilated wormhole.";
  return new WormholeError("message-too-large", message);
}

function mailboxFull(): WormholeError {
  const message =
    "This wormhole has sent as many bytes as a mailbox server keeps for it. " +
    "Send more through a Transit or a dilated wormhole, or use a new wormhole.";
  return new WormholeError("mailbox-full", message);
}
