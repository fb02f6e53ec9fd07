import type { CodeInput, Wormhole } from "../api.ts";
import { unlessAborted } from "../base/abort.ts";
import type { JsonObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { pick } from "../base/pick.ts";
import { measure } from "../base/timing.ts";
import { chosenPlatform } from "../platform/chosen.ts";
import type { Platform } from "../platform/platform.ts";
import { TRANSIT_OPTIONS, type TransitOptions } from "../transit/api.ts";
import { createWormhole } from "../wormhole/create.ts";
import { FILE_TRANSFER_APP_ID, type TransferEvent, type TransferOptions } from "./api.ts";
import { EventQueue } from "./event-queue.ts";
import { LocalError } from "./local-error.ts";

export interface MeetingOptions extends TransferOptions {
  enterCode?: ((input: CodeInput, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Bytes of a transit key. */
const TRANSIT_KEY_LENGTH = 32;

/** How two sides come together: the wormhole of a transfer, its events, and the one signal that ends every wait. */
export class Meeting<Result> {
  readonly options: MeetingOptions;
  /** With Tor, its connections are those of wormhole and transit alike. */
  readonly platform: Platform;
  readonly events = new EventQueue<Result>();
  readonly code = new Once<string>();
  /** Tells the other side that it is over, as long as it can be told. */
  farewell: ((told: string) => void) | undefined;
  readonly #ending = new AbortController();
  readonly #aborted = () => this.fail(this.options.signal?.reason);
  #wormhole: Wormhole | undefined;

  constructor(options: MeetingOptions) {
    this.options = options;
    this.platform = chosenPlatform(options);
    if (options.signal?.aborted) this.fail(options.signal.reason);
    options.signal?.addEventListener("abort", this.#aborted);
  }

  /** Aborts with what ended the transfer. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get wormhole(): Wormhole {
    if (this.#wormhole === undefined) throw new Error("nobody has been met yet");
    return this.#wormhole;
  }

  /** Ends the transfer, with the first of several errors. */
  fail(error: unknown): void {
    this.#ending.abort(error);
  }

  /** Waits for something, or rejects with what ended the transfer. */
  until<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(promise, this.signal);
  }

  /** Does something whose beginning and end are to be known afterwards. */
  timed<T>(name: string, work: () => Promise<T>): Promise<T> {
    return measure(this.options.timing, name, work);
  }

  emit(event: TransferEvent<Result>): void {
    this.events.emit(event);
  }

  /** Makes the wormhole, and waits until the other side has proved that it has the same code. */
  async meet(): Promise<void> {
    this.signal.throwIfAborted();
    const { relayUrl, appId = FILE_TRANSFER_APP_ID, enterCode, timing } = this.options;
    const wormhole = createWormhole({
      relayUrl,
      appId,
      dilation: false,
      platform: this.platform,
      ...(timing && { timing }),
    });
    this.#wormhole = wormhole;
    if (this.options.code !== undefined) wormhole.setCode(this.options.code);
    else if (enterCode === undefined) wormhole.allocateCode(this.options.codeLength);
    this.emit({ type: "welcome", welcome: await this.until(wormhole.getWelcome()) });
    if (this.options.code === undefined && enterCode !== undefined) {
      await this.until(enterCode(wormhole.inputCode(), this.signal));
    }
    const code = await this.until(wormhole.getCode());
    this.code.resolve(code);
    this.emit({ type: "code", code });
    await this.until(wormhole.getUnverifiedKey());
    this.emit({ type: "key" });
    await this.until(wormhole.getVerifier());
  }

  /** Lets a person compare the verifier, if that was asked for; gives what the other side says of itself. */
  async verify(told: string): Promise<JsonObject> {
    const verifier = await this.until(this.wormhole.getVerifier());
    const verdict = new Once<void>();
    const reject = () => verdict.reject(new LocalError("The verifier was rejected: nothing was transferred.", told));
    const asks = this.options.verify === true;
    if (!asks) verdict.resolve();
    this.emit({ type: "verifier", verifier, accept: () => verdict.resolve(), reject });
    if (asks) await this.timed("compare verifier", () => this.until(verdict.promise));
    const versions = await this.until(this.wormhole.getVersions());
    this.emit({ type: "versions", versions });
    return versions;
  }

  /** What a transit of this transfer is made from. */
  transitOptions(): TransitOptions {
    return { ...pick(this.options, TRANSIT_OPTIONS), signal: this.signal, platform: this.platform };
  }

  transitKey(): Uint8Array {
    const purpose = `${this.options.appId ?? FILE_TRANSFER_APP_ID}/transit-key`;
    return this.wormhole.deriveKey(purpose, TRANSIT_KEY_LENGTH);
  }

  /** Releases everything at the server. What comes of it changes nothing any more. */
  async leave(): Promise<void> {
    await this.#wormhole?.close().catch(() => {});
    this.options.signal?.removeEventListener("abort", this.#aborted);
  }
}
