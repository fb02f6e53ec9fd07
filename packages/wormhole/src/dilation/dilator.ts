/** Starts a dilation as soon as this side wants to dilate and the peer is known to be able to, in either order. */
import { unlessAborted } from "../base/abort.ts";
import { type JsonObject, parseObject } from "../base/json.ts";
import { EndpointUsedError, PeerCannotDilateError, WormholeClosedError, WormholeError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { Dilated, DilateOptions } from "./api.ts";
import type { Dilation } from "./dilation.ts";
import { checkDilateOptions } from "./options.ts";
import type { Signalling } from "./signalling.ts";
import { DILATION_VERSION } from "./wire/control.ts";

/** Control messages that are kept until the application calls `dilate()`. An honest peer sends two or three. */
const MAX_EARLY_MESSAGES = 100;
/** The longest control message that is kept. Those of an honest peer have a few hundred bytes. */
const MAX_EARLY_MESSAGE_BYTES = 16 * 1024;

export class Dilator {
  readonly #able: boolean;
  readonly #platform: Platform;
  readonly #signalling: Signalling;
  #early: JsonObject[] = [];
  #dilation: Dilation | null = null;
  /** Whether a call of {@link dilate} waits, or the peer has agreed. */
  #asked = false;
  #end: Error | null = null;
  /** Whether the peer can dilate, and the key shared with it; null until its versions have come. */
  #peer: { readonly can: boolean; readonly key: () => Uint8Array } | null = null;

  /** `able` is whether this side has announced that it can dilate. */
  constructor(able: boolean, platform: Platform, signalling: Signalling) {
    this.#able = able;
    this.#platform = platform;
    this.#signalling = signalling;
  }

  /** Whether there is a dilation, for whose polite end a close must wait. */
  get isBusy(): boolean {
    return this.#dilation !== null;
  }

  /**
   * Dilates the wormhole. Resolves when there has been a connection. If a call was aborted before the peer had agreed, there
   * may be another one.
   * @throws {EndpointUsedError} if another call waits, or the peer has agreed
   * @throws {PeerCannotDilateError} if the peer cannot dilate
   * @throws {TypeError} if an option is invalid
   */
  async dilate(options: DilateOptions): Promise<Dilated> {
    checkDilateOptions(options);
    options.signal?.throwIfAborted();
    if (!this.#able) throw this.#unable();
    if (this.#asked) throw new EndpointUsedError("This wormhole is already dilated. It can be dilated only once.");
    this.#asked = true;
    const dilation = this.#dilation ?? (await this.#create(options));
    this.#passEarly(dilation);
    try {
      return await unlessAborted(dilation.dilated, options.signal);
    } catch (error) {
      if (options.signal?.aborted && !dilation.isAgreed) this.#giveUp(dilation);
      else void dilation.leave();
      throw error;
    }
  }

  /**
   * Allows a further call after one was aborted before the peer had agreed. If the peer was asked, that question remains: its
   * answer is kept for the further call.
   */
  #giveUp(dilation: Dilation): void {
    this.#asked = false;
    if (dilation.isBegun) return;
    this.#dilation = null;
    dilation.stop(new WormholeClosedError());
  }

  #passEarly(dilation: Dilation): void {
    if (dilation.isBegun) for (const message of this.#early.splice(0)) dilation.received(message);
  }

  /** Takes the peer's versions of dilation, and the function that derives the key of a dilation with it. */
  peerCan(can: readonly string[], key: () => Uint8Array): void {
    this.#peer = { can: can.includes(DILATION_VERSION), key };
    this.#start();
  }

  /** Takes a control message of the peer. */
  received(plaintext: Uint8Array): void {
    const message = parseObject(new TextDecoder().decode(plaintext));
    if (message === undefined) return;
    if (this.#dilation && this.#asked) this.#dilation.received(message);
    else if (this.#early.length < MAX_EARLY_MESSAGES && plaintext.length <= MAX_EARLY_MESSAGE_BYTES)
      this.#early.push(message);
  }

  /** Ends the dilation politely. */
  async leave(): Promise<void> {
    await this.#dilation?.leave();
  }

  /** Ends the dilation, or the wait for it, with this error. */
  stop(error: Error): void {
    this.#end = error;
    this.#dilation?.stop(error);
  }

  /** Why this side has not announced that it can dilate. */
  #unable(): WormholeError {
    const hasNetwork = this.#platform.network !== undefined;
    const why = hasNetwork ? "it was made with `dilation: false`" : "this platform has no connections for streams";
    return new WormholeError("no-dilation", `This wormhole cannot be dilated: ${why}.`);
  }

  /** Loads the dilation code on first use. An invalid option leaves the wormhole unchanged. */
  async #create(options: DilateOptions): Promise<Dilation> {
    try {
      const { Dilation } = await import("./dilation.ts");
      if (this.#end !== null) throw this.#end;
      options.signal?.throwIfAborted();
      this.#dilation = new Dilation(this.#signalling, { ...options, platform: this.#platform });
      this.#start();
      return this.#dilation;
    } catch (error) {
      this.#asked = false;
      throw error;
    }
  }

  #start(): void {
    if (!this.#dilation || !this.#peer) return;
    if (!this.#peer.can) return this.#dilation.stop(new PeerCannotDilateError());
    this.#dilation.start(this.#peer.key());
    if (this.#asked) this.#passEarly(this.#dilation);
  }
}
