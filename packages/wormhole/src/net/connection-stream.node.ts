/** Adapts a {@link Connection} to the streams of Node, on which its HTTP and TLS run. */
import { Duplex } from "node:stream";
import type { Connection } from "./connection.ts";

/**
 * A connection as a stream of Node. It implements the methods of
 * https://nodejs.org/api/stream.html#implementing-a-duplex-stream.
 */
export class ConnectionStream extends Duplex {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    super();
    this.#connection = connection;
    connection.receive({
      chunk: (bytes) => {
        if (!this.push(bytes.slice())) connection.pause();
      },
      ended: (error) => {
        if (error) this.destroy(error);
        else this.push(null);
      },
    });
  }

  override _read(): void {
    this.#connection.resume();
  }

  override _write(chunk: Uint8Array, _: string, done: (error?: Error | null) => void): void {
    this.#connection.write(chunk);
    this.#connection.drained().then(() => done(), done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#connection.end().then(() => done(), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#connection.destroy();
    done(error);
  }
}
