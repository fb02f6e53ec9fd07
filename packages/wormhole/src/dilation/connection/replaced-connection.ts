/**
 * A connection that a better one has replaced. It carries nothing any more, but stays open until the peer has learned of
 * its replacement. If the peer saw it close first, it would treat that as a loss and reconnect.
 */
import type { Clock, Timer } from "../../net/clock.ts";
import type { Connection } from "../../net/connection.ts";
import { REPLACED_DEADLINE_MS } from "../limits.ts";

export class ReplacedConnection {
  readonly #connection: Connection;
  readonly #timer: Timer;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#timer = clock.after(REPLACED_DEADLINE_MS, () => this.drop());
    connection.receive({ chunk() {}, ended: () => this.drop() });
    connection.resume();
  }

  /** Closes it at once. */
  drop(): void {
    this.#timer.cancel();
    this.#connection.destroy();
  }
}
