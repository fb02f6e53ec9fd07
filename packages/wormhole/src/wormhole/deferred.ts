/** The flavour of a wormhole whose events are promises. */
import type { Welcome, Wormhole, WormholeOptions } from "../api.ts";
import { unlessAborted, type WaitOptions } from "../base/abort.ts";
import { immediateJournal } from "../base/journal.ts";
import type { JsonObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { KEY_LENGTH } from "../crypto/keys.ts";
import type { Dilated, DilateOptions } from "../dilation/api.ts";
import { Dilator } from "../dilation/dilator.ts";
import { WormholeClosedError, type WormholeError } from "../errors.ts";
import type { WormholeEvent } from "../session/events.ts";
import { Controls, canDilate, initialState } from "./controls.ts";

/** The purpose for which the key of a dilation is derived. */
const DILATION_KEY = "dilation-v1";

/**
 * A wormhole whose events are promises.
 *
 * After the end, every call of a getter rejects, even if that getter has returned a value before. Promises that have
 * resolved keep their values, and `getMessage` still returns messages that had arrived.
 */
export class Deferred extends Controls implements Wormhole {
  readonly #welcome = new Once<Welcome>();
  readonly #code = new Once<string>();
  readonly #key = new Once<Uint8Array>();
  readonly #verifier = new Once<Uint8Array>();
  readonly #versions = new Once<JsonObject>();
  readonly #closed = new Once<"happy">();
  /** Messages that no call has taken. Empty while there are readers. */
  readonly #unread: Uint8Array[] = [];
  /** Calls that wait for a message, in order. */
  readonly #readers: Reader[] = [];
  readonly #dilator: Dilator;
  #end: WormholeError | undefined;

  constructor(options: WormholeOptions) {
    const able = canDilate(options);
    super(initialState(options, able), options, immediateJournal);
    this.#dilator = new Dilator(able, this.platform, {
      send: (message) => this.sendDilation(message),
      hurry: () => this.hurry(),
      moved: () => this.moved(),
    });
  }

  async getWelcome(options?: WaitOptions): Promise<Welcome> {
    return this.#unlessEnded(this.#welcome, options);
  }

  async getCode(options?: WaitOptions): Promise<string> {
    return this.#unlessEnded(this.#code, options);
  }

  async getUnverifiedKey(options?: WaitOptions): Promise<Uint8Array> {
    return this.#unlessEnded(this.#key, options);
  }

  async getVerifier(options?: WaitOptions): Promise<Uint8Array> {
    return this.#unlessEnded(this.#verifier, options);
  }

  async getVersions(options?: WaitOptions): Promise<JsonObject> {
    return this.#unlessEnded(this.#versions, options);
  }

  async getMessage({ signal }: WaitOptions = {}): Promise<Uint8Array> {
    signal?.throwIfAborted();
    const message = this.#unread.shift();
    if (message) return message;
    const reader = new Reader();
    if (!this.#end) this.#readers.push(reader);
    try {
      return await this.#unlessEnded(reader, { signal });
    } catch (error) {
      this.#dismiss(reader);
      throw error;
    }
  }

  async *messages(options?: WaitOptions): AsyncIterable<Uint8Array> {
    try {
      for (;;) yield await this.getMessage(options);
    } catch (error) {
      if (!(error instanceof WormholeClosedError)) throw error;
    }
  }

  async dilate(options: DilateOptions = {}): Promise<Dilated> {
    if (this.#end) throw this.#end;
    return this.#dilator.dilate(options);
  }

  close(): Promise<"happy"> {
    this.leave();
    return this.#closed.promise;
  }

  /** Closes and waits for the end. It never throws: the getters and `close` throw the error that ended the wormhole. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }

  /** Ends the streams of a dilation first, because that needs control messages through the mailbox. */
  protected override leave(): void {
    if (this.#dilator.isBusy) void this.#dilator.leave().then(() => super.leave());
    else super.leave();
  }

  protected override tell(event: WormholeEvent): void {
    switch (event.type) {
      case "welcome":
        return this.#welcome.resolve(event.welcome);
      case "code":
        return this.#code.resolve(event.code);
      case "key":
        return this.#key.resolve(event.key);
      case "verifier":
        return this.#verifier.resolve(event.verifier);
      case "versions":
        this.#versions.resolve(event.versions);
        return this.#dilator.peerCan(event.canDilate ?? [], () => this.deriveKey(DILATION_KEY, KEY_LENGTH));
      case "message":
        return this.#deliver(event.message);
      case "dilation":
        return this.#dilator.received(event.message);
      case "closed":
        return;
    }
  }

  protected override ended(result: "happy" | WormholeError): void {
    const error = result === "happy" ? new WormholeClosedError() : result;
    this.#end = error;
    this.#dilator.stop(error);
    for (const once of [this.#welcome, this.#code, this.#key, this.#verifier, this.#versions, ...this.#readers]) {
      once.reject(error);
    }
    this.#readers.length = 0;
    if (result === "happy") this.#closed.resolve(result);
    else this.#closed.reject(result);
  }

  #deliver(message: Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader) reader.take(message);
    else this.#unread.push(message);
  }

  /** Removes a reader that no longer waits. If a message reached it at the same moment, the next reader gets it. */
  #dismiss(reader: Reader): void {
    const place = this.#readers.indexOf(reader);
    if (place >= 0) this.#readers.splice(place, 1);
    if (reader.message) this.#unread.unshift(reader.message);
  }

  #unlessEnded<T>(once: Once<T>, { signal }: WaitOptions = {}): Promise<T> {
    return this.#end ? Promise.reject(this.#end) : unlessAborted(once.promise, signal);
  }
}

/** One call of `getMessage` that waits for the next message. */
class Reader extends Once<Uint8Array> {
  message: Uint8Array | undefined;

  take(message: Uint8Array): void {
    this.message = message;
    this.resolve(message);
  }
}
