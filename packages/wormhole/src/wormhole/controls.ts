import { platform as ownPlatform } from "#platform";
import type { CodeInput, WormholeControls, WormholeOptions, WormholeStatus } from "../api.ts";
import type { Journal } from "../base/journal.ts";
import { isObject, type JsonObject, parseObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { attempt } from "../base/report.ts";
import { deriveKey, MAX_DERIVED } from "../crypto/keys.ts";
import { NoKeyError, OnlyOneCodeError, WormholeClosedError, WormholeError } from "../errors.ts";
import { chosenPlatform } from "../platform/chosen.ts";
import type { Platform } from "../platform/platform.ts";
import { codeInput } from "../session/code-input.ts";
import { DEFAULT_WORDS, MAX_WORDS, parseCode } from "../session/code-words.ts";
import { SessionDriver } from "../session/driver.ts";
import { errorOf } from "../session/ending.ts";
import { MAX_MESSAGE } from "../session/limits.ts";
import type { WormholeEvent } from "../session/machines/boss.ts";
import type { Event as CodeEvent } from "../session/machines/code.ts";
import { to } from "../session/machines/effects.ts";
import type { Saved } from "../session/saved/serialize.ts";
import { newSession, type SessionEvent } from "../session/session.ts";
import { statusOf } from "../session/status.ts";
import { watch } from "../session/watch.ts";
import { VERSION } from "../version.ts";

/** What the drivers and callbacks of a wormhole need to know; the rest is in its state. */
export type ControlsOptions = Pick<
  WormholeOptions,
  "welcomeHandler" | "onStatus" | "timing" | "signal" | "tor" | "platform"
>;

/** The state of a wormhole that nobody has used. */
export function newborn({ appId, relayUrl, versions = {}, tor, platform }: WormholeOptions, dilation = false): Saved {
  const random = platform?.random ?? ownPlatform.random;
  const client: [string, string] = ["wormhole-ts", VERSION];
  const session = newSession({ appId, versions: copied(versions), client, dilation }, random);
  return { relayUrl, session, untold: [], tor: tor && true };
}

/** Whether a wormhole announces that it can dilate: it needs connections. */
export function canDilate({ dilation = true, tor, platform }: WormholeOptions): boolean {
  return dilation && (tor ?? { ...ownPlatform, ...platform }.network) !== undefined;
}

/** As the peer will read it, whatever becomes of the application's object until then. */
function copied(versions: JsonObject): JsonObject {
  const copy = parseObject(JSON.stringify({ versions }))?.versions;
  if (!isObject(copy)) throw new TypeError("versions must be a JSON object, nested at most 31 levels deep");
  return copy;
}

/** What both flavours share: the controls, and the session they steer. */
export abstract class Controls implements WormholeControls {
  /** Where this wormhole runs; with Tor, all connections of it are Tor's. */
  protected readonly platform: Platform;
  readonly #options: ControlsOptions;
  readonly #driver: SessionDriver;
  readonly #aborted = () => this.leave();
  /** For whoever types the code. */
  readonly #wordlist = new Once<void>();
  #status: string;

  constructor(saved: Saved, options: ControlsOptions, journal: Journal) {
    const { signal, timing } = options;
    if (saved.tor && !options.tor) throw new TypeError("this wormhole was made with tor, and needs it again");
    this.#options = options;
    this.platform = chosenPlatform(options);
    this.#status = JSON.stringify(statusOf(saved.session));
    this.#driver = new SessionDriver({
      ...saved,
      platform: this.platform,
      journal,
      tell: (event) => this.#happened(event),
      changed: () => this.#report(),
      watch: timing && watch(timing),
    });
    signal?.addEventListener("abort", this.#aborted, { once: true });
    // Events come after the constructor's end, when the caller has the object.
    queueMicrotask(() => {
      this.#dispatch({ do: "begun" });
      if (signal?.aborted) this.leave();
    });
  }

  allocateCode(words: number = DEFAULT_WORDS): void {
    if (!Number.isInteger(words) || words < 1 || words > MAX_WORDS)
      throw new TypeError(`words must be a number from 1 to ${MAX_WORDS}`);
    this.#code({ on: "allocate", words });
  }

  setCode(code: string): void {
    if (typeof code !== "string") throw new TypeError("code must be a string");
    this.#code({ on: "set", ...parseCode(code) });
  }

  inputCode(): CodeInput {
    this.#code({ on: "input" });
    return codeInput(
      () => this.#driver.session,
      (event) => this.#toCode(event),
      this.#wordlist,
    );
  }

  deriveKey(purpose: string, length: number): Uint8Array {
    if (typeof purpose !== "string") throw new TypeError("purpose must be a string");
    if (!Number.isInteger(length) || length < 1 || length > MAX_DERIVED) {
      throw new TypeError(`length must be a number from 1 to ${MAX_DERIVED}`);
    }
    const { receive } = this.#driver.session;
    if (!("key" in receive)) throw new NoKeyError();
    return deriveKey(receive.key, purpose, length);
  }

  sendMessage(message: Uint8Array): void {
    if (!(message instanceof Uint8Array)) throw new TypeError("message must be a Uint8Array");
    this.#mustBeOpen();
    if (message.length > MAX_MESSAGE) throw tooLarge(message.length);
    this.#dispatch(to("boss", { on: "send", plaintext: message.slice() }));
  }

  /** Sends a control message of dilation. */
  protected sendDilation(message: JsonObject): void {
    this.#dispatch(to("boss", { on: "dilate", plaintext: new TextEncoder().encode(JSON.stringify(message)) }));
  }

  /** Somebody waits for the server: it is tried again at once, if it cannot be reached at the moment. */
  protected hurry(): void {
    this.#dispatch(to("link", { on: "hurry" }));
  }

  /** The addresses of this machine have changed: the server is connected anew. */
  protected moved(): void {
    this.#dispatch(to("link", { on: "moved" }));
  }

  /** Neither ended nor about to. */
  protected get isOpen(): boolean {
    const { session, abandoned } = this.#driver;
    const { at } = session.boss;
    return !abandoned && at !== "closing" && at !== "closed";
  }

  /** Everything that this wormhole is, at this moment. */
  protected get saved(): Saved {
    return this.#driver.saved;
  }

  /** Ends it here, and nowhere else. */
  protected letGo(): void {
    this.#options.signal?.removeEventListener("abort", this.#aborted);
    this.#driver.abandon();
  }

  /** Begins the end; what comes of it is told by the `closed` event. */
  protected leave(): void {
    this.#dispatch(to("boss", { on: "close" }));
  }

  /** What the application sees, in order. Runs outside of all transitions. */
  protected abstract tell(event: WormholeEvent): void;
  protected abstract ended(result: "happy" | WormholeError): void;

  #happened(event: WormholeEvent): void {
    if (event.type === "welcome") attempt(() => this.#options.welcomeHandler?.(event.welcome));
    if (event.type !== "closed") return this.tell(event);
    this.#options.signal?.removeEventListener("abort", this.#aborted);
    const result = errorOf(event.ending, this.#driver.saved.relayUrl);
    this.#wordlist.reject(result === "happy" ? new WormholeClosedError() : result);
    this.ended(result);
  }

  #mustBeOpen(): void {
    if (!this.isOpen) throw new WormholeClosedError();
  }

  #code(event: CodeEvent): void {
    this.#mustBeOpen();
    if (this.#driver.session.code.at !== "none") throw new OnlyOneCodeError();
    this.#toCode(event);
  }

  #toCode(event: CodeEvent): void {
    this.#mustBeOpen();
    this.#dispatch(to("code", event));
  }

  #dispatch(event: SessionEvent): void {
    this.#driver.dispatch(event);
  }

  #report(): void {
    const status: WormholeStatus = statusOf(this.#driver.session);
    const text = JSON.stringify(status);
    if (text === this.#status) return;
    this.#status = text;
    attempt(() => this.#options.onStatus?.(status));
  }
}

function tooLarge(length: number): WormholeError {
  const message = `A message may have ${MAX_MESSAGE} bytes, and this one has ${length}: larger things go through a Transit.`;
  return new WormholeError("message-too-large", message);
}
