/** A program without the key, which connects to open ports and sends arbitrary bytes. */
import { PROLOGUE } from "../../../packages/wormhole/src/dilation/wire/handshake.ts";
import type { Connection } from "../../../packages/wormhole/src/net/connection.ts";
import type { Chance } from "../chance.ts";
import type { Machine } from "./machine.ts";
import type { Timeline } from "./timeline.ts";

/** The longest time for which a stranger keeps its connection. */
const MAX_STAY_MS = 40_000;

export class Stranger {
  readonly #machine: Machine;
  readonly #time: Timeline;
  readonly #chance: Chance;

  constructor(machine: Machine, time: Timeline, chance: Chance) {
    this.#machine = machine;
    this.#time = time;
    this.#chance = chance;
  }

  /** Connects to one of the machine's open ports. */
  async visit({ addresses, ports }: Machine): Promise<void> {
    const [host, port] = [addresses[0], [...ports.keys()].at(-1)];
    if (host === undefined || port === undefined) return;
    const { signal } = new AbortController();
    const connection = await this.#machine.streams.dial(host, port, { signal }).catch(() => undefined);
    if (connection) this.#talk(connection);
  }

  #talk(connection: Connection): void {
    connection.receive({ chunk() {}, ended() {} });
    for (let words = this.#chance.number(3); words > 0; words--) connection.write(this.#word());
    this.#time.after(this.#chance.number(MAX_STAY_MS), () => connection.destroy(), this.#machine);
  }

  #word(): Uint8Array {
    const { leader, follower } = PROLOGUE;
    const frame = Uint8Array.of(0, 0, 0, 48, ...this.#chance.bytes(48));
    return this.#chance.pick([
      leader,
      follower,
      frame,
      this.#chance.bytes(this.#chance.number(200)),
      Buffer.from("ok\n"),
    ]);
  }
}
