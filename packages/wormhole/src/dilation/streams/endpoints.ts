/** What an application connects to and listens at: the seed's triple, and named subprotocols, of which it is made. */

import type { WaitOptions } from "../../base/abort.ts";
import { EndpointUsedError, WormholeClosedError } from "../../errors.ts";
import type { Dilated, Subchannel, SubchannelConnector, SubchannelListener } from "../api.ts";
import type { Role } from "../manager.ts";
import type { Channels, Door } from "./channels.ts";

/** The subprotocol of the control channel. The leader opens it, the follower listens for it. */
export const CONTROL = "control";
/** The subprotocol between one side's `client` and the other side's `server`. */
export const SUBCHANNEL = "subchannel";
/** Bytes of a name, in UTF-8. */
const MAX_NAME = 1024;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export function endpoints(channels: Channels, role: Role): Dilated {
  return {
    control: role === "leader" ? openOnce(channels) : acceptOnce(channels),
    client: connector(channels, SUBCHANNEL),
    server: listener(channels, SUBCHANNEL),
    connector: (subprotocol) => connector(channels, checked(subprotocol)),
    listener: (subprotocol) => listener(channels, checked(subprotocol)),
  };
}

function connector(channels: Channels, subprotocol: string): SubchannelConnector {
  return { connect: (options) => channels.connect(subprotocol, options) };
}

function openOnce(channels: Channels): SubchannelConnector {
  const use = once();
  return {
    async connect(options) {
      options?.signal?.throwIfAborted();
      use();
      return channels.connect(CONTROL, options);
    },
  };
}

function acceptOnce(channels: Channels): SubchannelConnector {
  return {
    async connect(options) {
      options?.signal?.throwIfAborted();
      const door = channels.listen(CONTROL);
      try {
        return await door.next(options);
      } finally {
        door.leave();
      }
    },
  };
}

function once(): () => void {
  let used = false;
  return () => {
    if (used) throw new EndpointUsedError();
    used = true;
  };
}

function listener(channels: Channels, subprotocol: string): SubchannelListener {
  return { listen: (options) => new Arrivals(channels.listen(subprotocol), options) };
}

/** The subchannels that arrive at a door, until the wormhole ends or nobody wants them any more. */
class Arrivals implements AsyncIterableIterator<Subchannel> {
  readonly #door: Door;
  readonly #options: WaitOptions | undefined;

  constructor(door: Door, options: WaitOptions | undefined) {
    this.#door = door;
    this.#options = options;
  }

  async next(): Promise<IteratorResult<Subchannel>> {
    try {
      return { done: false, value: await this.#door.next(this.#options) };
    } catch (error) {
      if (error instanceof WormholeClosedError) return { done: true, value: undefined };
      // Nobody can ask any more for what comes.
      if (this.#options?.signal?.aborted) this.#door.leave();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Subchannel>> {
    this.#door.leave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function checked(subprotocol: string): string {
  if (typeof subprotocol !== "string" || subprotocol === "") throw new TypeError("a subprotocol needs a name");
  const encoded = new TextEncoder().encode(subprotocol);
  if (encoded.length > MAX_NAME) throw new TypeError("the subprotocol's name is too long");
  if (utf8.decode(encoded) !== subprotocol) throw new TypeError("the subprotocol's name is not well-formed text");
  return subprotocol;
}
