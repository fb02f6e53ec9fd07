import type { Clock, Timer } from "../../net/clock.ts";
import type { Connection } from "../../net/connection.ts";
import { RETIREMENT } from "../limits.ts";

/**
 * A connection that a better one has replaced. It carries nothing any more, and stays open until the other side has heard
 * of the better one: whoever hears of its end before takes it for a loss, and asks for yet another.
 */
export class Retired {
  readonly #connection: Connection;
  readonly #timer: Timer;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#timer = clock.after(RETIREMENT, () => this.drop());
    connection.receive({ chunk() {}, ended: () => this.drop() });
    connection.resume();
  }

  drop(): void {
    this.#timer.cancel();
    this.#connection.destroy();
  }
}
