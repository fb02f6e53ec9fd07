import type { Welcome, Wormhole, WormholeOptions } from "./api.ts";
import { Controls, newborn } from "./controls.ts";
import { WormholeClosedError, type WormholeError } from "./errors.ts";
import { immediateJournal } from "./journal.ts";
import type { JsonObject } from "./json.ts";
import { Once } from "./once.ts";
import type { WormholeEvent } from "./session/boss.ts";

/**
 * A wormhole whose events are promises.
 *
 * After the end, every getter rejects with the error that ended the wormhole, or with a {@link WormholeClosedError}
 * if it ended well; those that had resolved before stay so. Only messages that had arrived can still be read.
 */
export class Deferred extends Controls implements Wormhole {
  readonly #welcome = new Once<Welcome>();
  readonly #code = new Once<string>();
  readonly #key = new Once<Uint8Array>();
  readonly #verifier = new Once<Uint8Array>();
  readonly #versions = new Once<JsonObject>();
  readonly #closed = new Once<"happy">();
  /** Messages that nobody has asked for, or questions that no message has answered: never both. */
  readonly #unread: Uint8Array[] = [];
  readonly #readers: Once<Uint8Array>[] = [];
  #end: WormholeError | undefined;

  constructor(options: WormholeOptions) {
    super(newborn(options), options, immediateJournal);
  }

  async getWelcome(): Promise<Welcome> {
    return this.#unlessEnded(this.#welcome);
  }

  async getCode(): Promise<string> {
    return this.#unlessEnded(this.#code);
  }

  async getUnverifiedKey(): Promise<Uint8Array> {
    return this.#unlessEnded(this.#key);
  }

  async getVerifier(): Promise<Uint8Array> {
    return this.#unlessEnded(this.#verifier);
  }

  async getVersions(): Promise<JsonObject> {
    return this.#unlessEnded(this.#versions);
  }

  async getMessage(): Promise<Uint8Array> {
    const message = this.#unread.shift();
    if (message) return message;
    const reader = new Once<Uint8Array>();
    if (!this.#end) this.#readers.push(reader);
    return this.#unlessEnded(reader);
  }

  async *messages(): AsyncIterable<Uint8Array> {
    try {
      for (;;) yield await this.getMessage();
    } catch (error) {
      if (!(error instanceof WormholeClosedError)) throw error;
    }
  }

  close(): Promise<"happy"> {
    this.leave();
    return this.#closed.promise;
  }

  /** Closes, and waits for it. What ended the wormhole is not thrown here: the getters and `close` tell it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
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
        return this.#versions.resolve(event.versions);
      case "message":
        return this.#deliver(event.message);
      case "closed":
        return;
    }
  }

  protected override ended(result: "happy" | WormholeError): void {
    const error = result === "happy" ? new WormholeClosedError() : result;
    this.#end = error;
    for (const once of [this.#welcome, this.#code, this.#key, this.#verifier, this.#versions, ...this.#readers]) {
      once.reject(error);
    }
    this.#readers.length = 0;
    if (result === "happy") this.#closed.resolve(result);
    else this.#closed.reject(result);
  }

  #deliver(message: Uint8Array): void {
    const reader = this.#readers.shift();
    if (reader) reader.resolve(message);
    else this.#unread.push(message);
  }

  #unlessEnded<T>(once: Once<T>): Promise<T> {
    return this.#end ? Promise.reject(this.#end) : once.promise;
  }
}
