/** A mailbox server in memory, time to be turned by hand, and wormholes of both flavours around them. */
import { onTestFinished, vi } from "vitest";
import {
  createWormhole,
  type DelegatedWormhole,
  type Wormhole,
  type WormholeDelegate,
  type WormholeError,
  type WormholeOptions,
} from "../../src/index.ts";
import { MemoryMailboxServer, VirtualClock } from "../../src/testing.ts";

export const CODE = "4-purple-sausages";
export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
export const bytes = (message: string) => new TextEncoder().encode(message);

/** What a delegate was told: the name of each method, and what it was given. */
export interface Told {
  readonly name: keyof WormholeDelegate;
  readonly value: unknown;
}

export class World {
  readonly server = new MemoryMailboxServer();
  readonly clock = new VirtualClock();

  options(more: Partial<WormholeOptions> = {}): WormholeOptions {
    const platform = { openMessageSocket: this.server.openMessageSocket, clock: this.clock };
    return { appId: "example.com/test", relayUrl: "ws://memory/v1", platform, ...more };
  }

  wormhole(more?: Partial<WormholeOptions>): Wormhole {
    const made = createWormhole(this.options(more));
    onTestFinished(() => void made.close().catch(() => {}));
    return made;
  }

  /** One whose delegate writes down all that it is told, after `also` was called with it. */
  delegated(
    more?: Partial<WormholeOptions>,
    also: (told: Told) => void = () => {},
  ): { wormhole: DelegatedWormhole; told: Told[] } {
    const told: Told[] = [];
    const note = (name: keyof WormholeDelegate) => (value: unknown) => {
      told.push({ name, value });
      also({ name, value });
    };
    const delegate: Required<WormholeDelegate> = {
      wormholeGotWelcome: note("wormholeGotWelcome"),
      wormholeGotCode: note("wormholeGotCode"),
      wormholeGotUnverifiedKey: note("wormholeGotUnverifiedKey"),
      wormholeGotVerifier: note("wormholeGotVerifier"),
      wormholeGotVersions: note("wormholeGotVersions"),
      wormholeGotMessage: note("wormholeGotMessage"),
      wormholeClosed: note("wormholeClosed") as (result: "happy" | WormholeError) => void,
    };
    const wormhole = createWormhole({ ...this.options(more), delegate });
    onTestFinished(() => wormhole.close());
    return { wormhole, told };
  }

  /** Lets everything happen that does not wait for time. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }
}

/** What the library reports as the platform reports what nobody caught, from now to the end of the test. */
export function reported(): unknown[] {
  const errors: unknown[] = [];
  const spy = vi.spyOn(console, "error").mockImplementation((error: unknown) => void errors.push(error));
  onTestFinished(() => spy.mockRestore());
  return errors;
}
