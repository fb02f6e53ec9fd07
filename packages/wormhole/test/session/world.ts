/** The world of the session tests: a mailbox server in memory, a virtual clock, and wormholes of both flavours. */
import { onTestFinished, vi } from "vitest";
import {
  createWormhole,
  type DelegatedWormhole,
  type Platform,
  type Wormhole,
  type WormholeDelegate,
  type WormholeError,
  type WormholeOptions,
} from "../../src/index.ts";
import { MemoryMailboxServer, VirtualClock } from "../../src/testing.ts";

/** A valid code. */
export const CODE = "4-purple-sausages";
/** Decodes a message. */
export const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** Encodes a message. */
export const bytes = (message: string) => new TextEncoder().encode(message);

/** One call of a delegate: the name of the method, and its argument. */
export interface Told {
  readonly name: keyof WormholeDelegate;
  readonly value: unknown;
}

/** One server and one clock for all wormholes of a test. */
export class World {
  readonly server = new MemoryMailboxServer();
  readonly clock = new VirtualClock();
  readonly relayUrl = "ws://memory/v1";
  readonly platform: Partial<Platform> & Pick<Platform, "clock" | "openMessageSocket">;

  /** `more` replaces parts of the platform, such as the sockets. */
  constructor(more: Partial<Platform> = {}) {
    this.platform = { openMessageSocket: this.server.openMessageSocket, clock: this.clock, ...more };
  }

  options(more: Partial<WormholeOptions> = {}): WormholeOptions {
    return { appId: "example.com/test", relayUrl: this.relayUrl, platform: this.platform, ...more };
  }

  wormhole(more?: Partial<WormholeOptions>): Wormhole {
    const made = createWormhole(this.options(more));
    onTestFinished(() => void made.close().catch(() => {}));
    return made;
  }

  /** A wormhole with a delegate that records its calls in `told`. `also` is called after each. */
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

  /** Lets everything happen that needs no time to pass. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }
}

/** Collects the errors that the library reports as uncaught, until the end of the test. */
export function reported(): unknown[] {
  const errors: unknown[] = [];
  vi.stubGlobal("reportError", (error: unknown) => errors.push(error));
  onTestFinished(() => void vi.unstubAllGlobals());
  return errors;
}
