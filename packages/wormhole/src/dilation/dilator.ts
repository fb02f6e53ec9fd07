import { unlessAborted } from "../base/abort.ts";
import { type JsonObject, parseObject } from "../base/json.ts";
import { EndpointUsedError, PeerCannotDilateError, WormholeError } from "../errors.ts";
import type { Platform } from "../platform/platform.ts";
import type { Dilated, DilateOptions } from "./api.ts";
import type { Dilation } from "./dilation.ts";
import type { Mailbox } from "./mailbox.ts";
import { DILATION_VERSION } from "./wire/control.ts";

/** Control messages that are kept for an application that has not asked for dilation yet: honest peers send two or three, */
const MAX_EARLY = 100;
/** of a few hundred bytes. */
const MAX_EARLY_LENGTH = 16 * 1024;

/** Brings together that this side wants to dilate and that the other side can, whichever comes first. */
export class Dilator {
  readonly #able: boolean;
  readonly #platform: Platform;
  readonly #mailbox: Mailbox;
  #early: JsonObject[] = [];
  #dilation: Dilation | null = null;
  #asked = false;
  #end: Error | null = null;
  /** What the other side can, and the key that is shared with it; null until it is known. */
  #peer: { readonly can: boolean; readonly key: () => Uint8Array } | null = null;

  /** `able`: the other side was told that we can dilate. */
  constructor(able: boolean, platform: Platform, mailbox: Mailbox) {
    this.#able = able;
    this.#platform = platform;
    this.#mailbox = mailbox;
  }

  /** Whether there is something that a polite end has to wait for. */
  get isBusy(): boolean {
    return this.#dilation !== null;
  }

  async dilate(options: DilateOptions): Promise<Dilated> {
    options.signal?.throwIfAborted();
    if (!this.#able) throw new WormholeError("no-dilation", "This wormhole was made without dilation.");
    if (this.#asked) throw new EndpointUsedError("This wormhole was dilated already: it can be dilated once.");
    this.#asked = true;
    const dilation = await this.#create(options);
    try {
      return await unlessAborted(dilation.dilated, options.signal);
    } catch (error) {
      void dilation.leave();
      throw error;
    }
  }

  /** The other side's versions have come: `can` are those of dilation that it speaks. */
  peerCan(can: readonly string[], key: () => Uint8Array): void {
    this.#peer = { can: can.includes(DILATION_VERSION), key };
    this.#start();
  }

  /** A control message of the other side. */
  received(plaintext: Uint8Array): void {
    const message = parseObject(new TextDecoder().decode(plaintext));
    if (message === undefined) return;
    if (this.#dilation) this.#dilation.received(message);
    else if (this.#early.length < MAX_EARLY && plaintext.length <= MAX_EARLY_LENGTH) this.#early.push(message);
  }

  async leave(): Promise<void> {
    await this.#dilation?.leave();
  }

  stop(error: Error): void {
    this.#end = error;
    this.#dilation?.stop(error);
  }

  /** Who never dilates need not load what it takes. An option that is none leaves everything as it was. */
  async #create(options: DilateOptions): Promise<Dilation> {
    try {
      const { Dilation } = await import("./dilation.ts");
      if (this.#end !== null) throw this.#end;
      options.signal?.throwIfAborted();
      this.#dilation = new Dilation(this.#mailbox, { ...options, platform: this.#platform });
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
    for (const message of this.#early.splice(0)) this.#dilation.received(message);
  }
}
