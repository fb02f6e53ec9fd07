/** Two wormholes that have met, for tests that begin there. */
import type { Wormhole, WormholeOptions } from "../api.ts";
import { createWormhole } from "../wormhole/create.ts";
import { MemoryMailboxServer } from "./mailbox.ts";
import { MemoryNetwork } from "./network.ts";

/** Two wormholes that have met, and what is between them. */
export interface ConnectedWormholes {
  /** The wormhole that has allocated the code. */
  readonly a: Wormhole;
  /** The wormhole that was given the code. */
  readonly b: Wormhole;
  /** The mailbox server of both. */
  readonly server: MemoryMailboxServer;
  /** The network over which they can be dilated. `a` has the address 10.0.0.1, and `b` 10.0.0.2. */
  readonly network: MemoryNetwork;
}

/**
 * Makes two wormholes in memory that have the same code and have proved it to each other. `options` hold for both; their
 * `platform` replaces parts of the one in memory. The caller closes both wormholes.
 *
 * @example
 * const { a, b } = await connectedWormholes();
 * a.sendMessage(new TextEncoder().encode("hello"));
 * console.log(new TextDecoder().decode(await b.getMessage())); // hello
 * await Promise.all([a.close(), b.close()]);
 */
export async function connectedWormholes(options: Partial<WormholeOptions> = {}): Promise<ConnectedWormholes> {
  const [server, network] = [new MemoryMailboxServer(), new MemoryNetwork()];
  const make = (address: string) =>
    createWormhole({
      appId: "example.com/test",
      relayUrl: "ws://memory/v1",
      ...options,
      platform: {
        openMessageSocket: server.openMessageSocket,
        network: network.machine(address),
        ...options.platform,
      },
    });
  const [a, b] = [make("10.0.0.1"), make("10.0.0.2")];
  a.allocateCode();
  b.setCode(await a.getCode());
  await Promise.all([a.getVersions(), b.getVersions()]);
  return { a, b, server, network };
}
