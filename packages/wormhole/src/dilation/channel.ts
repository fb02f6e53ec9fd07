import { WormholeClosedError } from "../errors.ts";
import { Once } from "../once.ts";
import type { Subchannel } from "./api.ts";
import { HIGH_WATER_MARK, MAX_WRITE, SUBCHANNEL_WINDOW } from "./limits.ts";
import type { Owner } from "./outbox.ts";
import { type SubchannelEvent, type SubchannelState, subchannel } from "./subchannel.ts";

/** What a chunk costs beside its bytes: many small ones must not be for free. */
const CHUNK_COST = 64;

/** What a channel needs of the dilation it belongs to. */
export interface Carrier {
  sendData(channel: Channel, chunk: Uint8Array): void;
  sendClose(channel: Channel): void;
  /** So many bytes more wait for the reader, or fewer. */
  unread(bytes: number): void;
  /** Null if there is room for a chunk of anybody, or what resolves when there may be. */
  room(): Promise<void> | null;
  /** Both directions have ended, and the other side knows. */
  forget(channel: Channel): void;
}

/** One subchannel: its two directions as streams, and what waits in between. */
export class Channel implements Subchannel, Owner {
  readonly id: number;
  readonly subprotocol: string;
  readonly readable: ReadableStream<Uint8Array>;
  readonly writable: WritableStream<Uint8Array>;
  readonly #carrier: Carrier;
  readonly #closed = new Once<void>();
  /** The other side has all that we have written, and knows that it is all. */
  readonly #delivered = new Once<void>();
  #state: SubchannelState = { at: "open" };
  #reader!: ReadableStreamDefaultController<Uint8Array>;
  #writer!: WritableStreamDefaultController;

  /** What has come and was not read. */
  #unread: Uint8Array[] = [];
  /** Set while a reader waits. */
  #awaited: (() => void) | null = null;
  /** Set when nothing more will come: how the reading ends. */
  #end: { readonly error?: Error } | null = null;
  /** Nobody reads any more. */
  #deaf = false;

  /** Bytes that are not acknowledged, the CLOSE among them; and who waits until there are few. */
  #underway = 0;
  #relieved: Once<void> | null = null;
  /** Chunks that the application has written, and those that were taken from the stream. */
  #written = 0;
  #taken = 0;
  /** A chunk that was none has broken the stream. */
  #broken = false;
  /** The application has closed us. */
  #closeAsked = false;
  /** Somebody held the writer then, and had written so many chunks. */
  #last: number | null = null;

  constructor(id: number, subprotocol: string, carrier: Carrier) {
    this.id = id;
    this.subprotocol = subprotocol;
    this.#carrier = carrier;
    this.readable = new ReadableStream(
      {
        start: (controller) => void (this.#reader = controller),
        pull: () => this.#pull(),
        cancel: () => this.#ignore(),
      },
      { highWaterMark: 0 },
    );
    this.writable = new WritableStream(
      {
        start: (controller) => void (this.#writer = controller),
        write: (chunk) => this.#write(chunk),
        close: () => this.#finish(),
        // The protocol has one way to end a stream.
        abort: () => this.#finish(),
      },
      { highWaterMark: HIGH_WATER_MARK, size: (chunk) => this.#measure(chunk) },
    );
  }

  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async close(): Promise<void> {
    if (!this.#deaf) {
      this.#ignore();
      this.#reader.close();
    }
    if (!this.#closeAsked) this.#closeWritable();
    return this.#delivered.promise;
  }

  /** What the application did not say to have closed is closed; what went wrong is told by `closed`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().catch(() => {});
  }

  /** A chunk has come. */
  receive(chunk: Uint8Array): void {
    if (this.#deaf || this.#end !== null) return;
    this.#unread.push(chunk);
    this.#carrier.unread(chunk.length + CHUNK_COST);
    this.#serve();
  }

  /** CLOSE has come. */
  receiveClose(): void {
    this.#step({ on: "close" });
  }

  underway(bytes: number): void {
    this.#underway += bytes;
    if (this.#underway < SUBCHANNEL_WINDOW) this.#relieve();
    if (this.#underway === 0 && this.#finished) this.#arrived();
  }

  /** The wormhole has ended. What has come can still be read. */
  stop(error: Error): void {
    if (!this.#finished) this.#writer.error(error);
    this.#delivered.reject(error);
    this.#closed.reject(error);
    this.#state = { at: "closed" };
    this.#relieve();
    this.#endReading({ error });
  }

  /** The other side has everything, and the CLOSE behind it. */
  #arrived(): void {
    this.#delivered.resolve();
    if (this.#state.at === "closed") this.#carrier.forget(this);
  }

  get #finished(): boolean {
    return this.#state.at === "written" || this.#state.at === "closed";
  }

  #step(event: SubchannelEvent): void {
    const step = subchannel.step(this.#state, event, () => new Uint8Array());
    if (step === "unexpected") return;
    const [state, ...effects] = step;
    this.#state = state;
    for (const effect of effects) {
      if (effect.do === "sendClose") this.#carrier.sendClose(this);
      if (effect.do === "endReading") this.#endReading({});
      if (effect.do === "over") this.#over();
    }
  }

  #over(): void {
    this.#closed.resolve();
    if (this.#underway === 0) this.#carrier.forget(this);
  }

  /** One chunk for each who asks, so that what is not read stays here, and counts. */
  #pull(): Promise<void> | undefined {
    if (this.#unread.length > 0 || this.#end !== null) {
      this.#serve(true);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#awaited = resolve;
    });
  }

  #serve(asked = this.#awaited !== null): void {
    if (!asked) return;
    const chunk = this.#unread.shift();
    if (chunk !== undefined) {
      this.#carrier.unread(-chunk.length - CHUNK_COST);
      this.#reader.enqueue(chunk);
    } else if (this.#end !== null) this.#closeReader(this.#end);
    else return;
    this.#awaited?.();
    this.#awaited = null;
  }

  #endReading(end: { readonly error?: Error }): void {
    if (this.#end !== null || this.#deaf) return;
    this.#end = end;
    if (this.#unread.length > 0) return;
    this.#closeReader(end);
    this.#awaited?.();
    this.#awaited = null;
  }

  #closeReader({ error }: { readonly error?: Error }): void {
    this.#deaf = true;
    if (error) this.#reader.error(error);
    else this.#reader.close();
  }

  /** Nobody wants to read what has come or will come. */
  #ignore(): void {
    this.#deaf = true;
    this.#carrier.unread(-this.#unread.reduce((sum, { length }) => sum + length + CHUNK_COST, 0));
    this.#unread = [];
    this.#awaited?.();
    this.#awaited = null;
  }

  /** Called by the stream for every write, at once. */
  #measure(chunk: unknown): number {
    this.#written++;
    return chunk instanceof Uint8Array ? chunk.length : 1;
  }

  async #write(chunk: unknown): Promise<void> {
    if (!(chunk instanceof Uint8Array)) {
      this.#broken = true;
      throw new TypeError("a chunk must be a Uint8Array");
    }
    let start = 0;
    do {
      for (let room = this.#room(); room !== null; room = this.#room()) await room;
      if (this.#finished) throw closed();
      this.#carrier.sendData(this, chunk.subarray(start, start + MAX_WRITE));
      start += MAX_WRITE;
    } while (start < chunk.length);
    this.#taken++;
    if (this.#taken === this.#last) this.#finishEarly();
  }

  /** Null if there is room, for us and for all together; otherwise what resolves when there may be. */
  #room(): Promise<void> | null {
    if (this.#finished) return null;
    if (this.#underway < SUBCHANNEL_WINDOW) return this.#carrier.room();
    this.#relieved ??= new Once();
    return this.#relieved.promise;
  }

  #relieve(): void {
    this.#relieved?.resolve();
    this.#relieved = null;
  }

  async #finish(): Promise<void> {
    this.#step({ on: "finish" });
    return this.#delivered.promise;
  }

  /** Closes the stream, also under the hands of somebody who holds its writer: what they had written still goes. */
  #closeWritable(): void {
    this.#closeAsked = true;
    if (this.#finished) return;
    if (!this.writable.locked) {
      this.writable.close().catch(() => this.#step({ on: "finish" }));
      return;
    }
    this.#last = this.#written;
    if (this.#taken === this.#last || this.#broken) this.#finishEarly();
  }

  #finishEarly(): void {
    this.#step({ on: "finish" });
    this.#writer.error(closed());
  }
}

function closed(): WormholeClosedError {
  return new WormholeClosedError("The subchannel is closed.");
}
