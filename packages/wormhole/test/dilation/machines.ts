/** Networks that can fail as a whole, writers that write until they have to wait, and sudden ends. */

import { unlessAborted } from "../../src/base/abort.ts";
import { Once } from "../../src/base/once.ts";
import type { Subchannel } from "../../src/dilation/api.ts";
import { WormholeClosedError } from "../../src/errors.ts";
import type { StreamNetwork } from "../../src/net/connection.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";

import { soon } from "./clock.ts";
import type { Pair } from "./pair.ts";

export const MIB = 1024 * 1024;

/** A network of two machines whose cables can be pulled, and put in again: whoever dials meanwhile waits. */
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

/** Writes `chunk` again and again, until the stream makes its writer wait for `patience` ms; gives the bytes taken. */
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

/** Reads so many bytes or a little more, or all that there is; gives what was read. */
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

/** Ends both at once, without a word. */
export function stop({ leader, follower }: Pair): void {
  for (const { dilation } of [leader, follower]) dilation.stop(new WormholeClosedError());
}
