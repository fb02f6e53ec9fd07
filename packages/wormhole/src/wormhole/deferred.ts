/** The flavour of a wormhole whose events are promises. */
import type { Welcome, Wormhole, WormholeOptions } from "../api.ts";
import { unlessAborted, type WaitOptions } from "../base/abort.ts";
import { type Bytes, copyBytes } from "../base/bytes.ts";
import { guarded, guardedIterator } from "../base/guarded.ts";
import { immediateJournal } from "../base/journal.ts";
import { copyJson, type JsonObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { KEY_LENGTH } from "../crypto/keys.ts";
import type { Dilated, DilateOptions } from "../dilation/api.ts";
import { Dilator } from "../dilation/dilator.ts";
import { LonelyError, WormholeClosedError, type WormholeError } from "../errors.ts";
import type { WormholeEvent } from "../session/events.ts";
import { MAX_UNTAKEN_BYTES, MAX_UNTAKEN_MESSAGES } from "../session/limits.ts";
import { Controls } from "./controls.ts";
import { canDilate, initialState } from "./initial-state.ts";
import { DILATION_KEY } from "./purposes.ts";

/**
 * A wormhole whose events are promises.
 *
 * After the end, every call of a getter rejects, even if that getter has returned a value before. Promises that have
 * resolved keep their values, and `getMessage` still returns messages that had arrived.
 *
 * Every promise that leaves is guarded, and every value is a copy: an application may ignore the one and change the other.
 */
export class Deferred extends Controls implements Wormhole {
  readonly #welcome = new Once<Welcome>();
  readonly #code = new Once<string>();
  readonly #key = new Once<Uint8Array>();
  readonly #verifier = new Once<Uint8Array>();
  readonly #versions = new Once<JsonObject>();
  readonly #closed = new Once<"happy">();
  /** Messages that no call has taken, and their total size. Empty while there are readers. */
  readonly #unread: Uint8Array[] = [];
  #unreadBytes = 0;
  /** Calls that wait for a message, in order. */
  readonly #readers: Reader[] = [];
  readonly #dilator: Dilator;
  /** What getters reject with: the reason of the signal as soon as it aborts, or else the error at the end. */
  #end: { readonly reason: unknown } | undefined;
  /** The reason of the signal, if it has aborted. */
  #aborted: { readonly reason: unknown } | undefined;

  constructor(options: WormholeOptions) {
    const able = canDilate(options);
    super(initialState(options, able), options, immediateJournal);
    this.#dilator = new Dilator(able, this.platform, {
      send: (message) => this.sendDilation(message),
      hurry: () => this.hurry(),
      moved: () => this.moved(),
    });
  }

  get closed(): Promise<"happy"> {
    return this.#closed.promise;
  }

  getWelcome(options?: WaitOptions): Promise<Welcome> {
    return guarded(this.#value(this.#welcome, copyJson<Welcome>, options));
  }

  getCode(options?: WaitOptions): Promise<string> {
    return guarded(this.#value(this.#code, (code) => code, options));
  }

  getUnverifiedKey(options?: WaitOptions): Promise<Bytes> {
    return guarded(this.#value(this.#key, copyBytes, options));
  }

  getVerifier(options?: WaitOptions): Promise<Bytes> {
    return guarded(this.#value(this.#verifier, copyBytes, options));
  }

  getVersions(options?: WaitOptions): Promise<JsonObject> {
    return guarded(this.#value(this.#versions, copyJson<JsonObject>, options));
  }

  getMessage(options?: WaitOptions): Promise<Bytes> {
    return guarded(this.#nextMessage(options));
  }

  messages(options?: WaitOptions): AsyncIterableIterator<Bytes> {
    return guardedIterator(this.#allMessages(options));
  }

  dilate(options: DilateOptions = {}): Promise<Dilated> {
    return guarded(this.#dilate(options));
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
        return this.#dilator.peerCan(event.canDilate ?? [], () => this.keyFor(DILATION_KEY, KEY_LENGTH));
      case "message":
        return this.#deliver(event.message);
      case "dilation":
        return this.#dilator.received(event.message);
      case "closed":
        return;
    }
  }

  protected override aborted(reason: unknown): void {
    this.#aborted = { reason };
    this.#stopWaiting(reason);
  }

  protected override ended(result: "happy" | WormholeError): void {
    const error = result === "happy" ? new WormholeClosedError() : result;
    this.#stopWaiting(error);
    this.#dilator.stop(error);
    void this.shutDown().then(() => this.#settle(result));
  }

  #settle(result: "happy" | WormholeError): void {
    if (result === "happy") this.#closed.resolve(result);
    // If this side has closed the wormhole because of the signal, the signal is the cause.
    else this.#closed.reject(this.#aborted && result instanceof LonelyError ? this.#aborted.reason : result);
  }

  /** Ends every wait for an event, once. Messages that had arrived can still be read. */
  #stopWaiting(reason: unknown): void {
    this.#end ??= { reason };
    for (const once of [this.#welcome, this.#code, this.#key, this.#verifier, this.#versions, ...this.#readers]) {
      once.reject(this.#end.reason);
    }
    this.#readers.length = 0;
  }

  async #nextMessage({ signal }: WaitOptions = {}): Promise<Bytes> {
    signal?.throwIfAborted();
    const message = this.#unread.shift();
    if (message) {
      this.#unreadBytes -= message.length;
      return copyBytes(message);
    }
    const reader = new Reader();
    if (!this.#end) this.#readers.push(reader);
    try {
      return await this.#value(reader, copyBytes, { signal });
    } catch (error) {
      this.#dismiss(reader);
      throw error;
    }
  }

  async *#allMessages(options?: WaitOptions): AsyncGenerator<Bytes, void, void> {
    try {
      for (;;) yield await this.#nextMessage(options);
    } catch (error) {
      if (!(error instanceof WormholeClosedError)) throw error;
    }
  }

  async #dilate(options: DilateOptions): Promise<Dilated> {
    if (this.#end) throw this.#end.reason;
    return this.#dilator.dilate(options);
  }

  #deliver(message: Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader) return reader.take(message);
    this.#unread.push(message);
    this.#unreadBytes += message.length;
    if (this.#unread.length > MAX_UNTAKEN_MESSAGES || this.#unreadBytes > MAX_UNTAKEN_BYTES) this.overwhelmed();
  }

  /** Removes a reader that no longer waits. If a message reached it at the same moment, the next reader gets it. */
  #dismiss(reader: Reader): void {
    const place = this.#readers.indexOf(reader);
    if (place >= 0) this.#readers.splice(place, 1);
    if (!reader.message) return;
    this.#unread.unshift(reader.message);
    this.#unreadBytes += reader.message.length;
  }

  /** Waits for a value, and returns a copy. All values take the same number of turns, so their order is kept. */
  async #value<T, Copy>(once: Once<T>, copy: (value: T) => Copy, { signal }: WaitOptions = {}): Promise<Copy> {
    if (this.#end) throw this.#end.reason;
    return copy(await unlessAborted(once.promise, signal));
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
