/** Helpers: a network that can fail as a whole, writing until the writer has to wait, reading, and a sudden end. */
import { unlessAborted } from "../../src/base/abort.ts";
import { Once } from "../../src/base/once.ts";
import type { Subchannel } from "../../src/dilation/api.ts";
import { WormholeClosedError } from "../../src/errors.ts";
import type { StreamNetwork } from "../../src/net/connection.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";

import { soon } from "./clock.ts";
import type { Pair } from "./pair.ts";

export const MIB = 1024 * 1024;

/** A network of two machines whose cables can be pulled and put in again. Dialling waits for the cables. */
export class Cables {
  readonly network = new MemoryNetwork();
  readonly machines = {
    leader: this.#machine("10.0.0.1"),
    follower: this.#machine("10.0.0.2"),
  };
  #mended = new Once<void>();

  constructor() {
    this.mend();
  }

  pull(): void {
    this.#mended = new Once();
    this.network.cut();
  }

  mend(): void {
    this.#mended.resolve();
  }

  #machine(address: string): StreamNetwork {
    const machine = this.network.machine(address);
    return {
      ...machine,
      dial: async (host, port, options) => {
        await unlessAborted(this.#mended.promise, options.signal);
        return machine.dial(host, port, options);
      },
    };
  }
}

/** Writes `chunk` again and again until the writer has to wait for `patience` ms. Returns the bytes written. */
export async function fill(
  { writable }: Subchannel,
  { chunk = new Uint8Array(64 * 1024), patience = 100 } = {},
): Promise<number> {
  const writer = writable.getWriter();
  let written = 0;
  while (await soon(writer.ready, patience)) {
    writer.write(chunk).catch(() => {});
    written += chunk.length;
  }
  writer.releaseLock();
  return written;
}

/** Reads until the end, or until at least `most` bytes have come. Returns the number of bytes read. */
export async function readBytes({ readable }: Subchannel, most = Number.POSITIVE_INFINITY): Promise<number> {
  const reader = readable.getReader();
  let got = 0;
  while (got < most) {
    const { done, value } = await reader.read();
    if (done) break;
    got += value.length;
  }
  reader.releaseLock();
  return got;
}

/** Ends both sides at once, without waiting for each other. */
export function stop({ leader, follower }: Pair): void {
  for (const { dilation } of [leader, follower]) dilation.stop(new WormholeClosedError());
}
