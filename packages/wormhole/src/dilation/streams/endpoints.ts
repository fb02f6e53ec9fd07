/**
 * The public object of a dilation. `control`, `client` and `server` match the three endpoints of the Python API; they are
 * made of two named subprotocols.
 */
import type { WaitOptions } from "../../base/abort.ts";
import { guarded } from "../../base/guarded.ts";
import { EndpointUsedError, WormholeClosedError } from "../../errors.ts";
import type { Dilated, Subchannel, SubchannelConnector, SubchannelListener } from "../api.ts";
import { MAX_SUBPROTOCOL_BYTES } from "../wire/records.ts";
import type { DilationRole } from "../wire/role.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Channels } from "./channels.ts";

/** The subprotocol of the control channel. The leader opens it, the follower listens for it. */
export const CONTROL = "control";
/** The subprotocol between one side's `client` and the other side's `server`. */
export const SUBCHANNEL = "subchannel";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Makes the public object from the subchannels of a dilation. */
export function endpoints(channels: Channels, role: DilationRole): Dilated {
  const control = unwatched(role === "leader" ? openOnce(channels) : acceptOnce(channels));
  const connector = (subprotocol: string) => unwatched(opener(channels, subprotocol));
  return {
    control,
    client: connector(SUBCHANNEL),
    server: listener(channels, SUBCHANNEL),
    // There is one control channel, under whichever name it is opened.
    connector: (subprotocol) => (subprotocol === CONTROL ? control : connector(checked(subprotocol))),
    listener: (subprotocol) => listener(channels, checked(subprotocol)),
  };
}

/** An application may ignore the promises of this connector. */
function unwatched(connector: SubchannelConnector): SubchannelConnector {
  return { connect: (options) => guarded(connector.connect(options)) };
}

function opener(channels: Channels, subprotocol: string): SubchannelConnector {
  return { connect: (options) => channels.connect(subprotocol, options) };
}

function openOnce(channels: Channels): SubchannelConnector {
  let used = false;
  return {
    async connect(options) {
      options?.signal?.throwIfAborted();
      if (used) throw new EndpointUsedError();
      used = true;
      return channels.connect(CONTROL, options);
    },
  };
}

function acceptOnce(channels: Channels): SubchannelConnector {
  return {
    async connect(options) {
      options?.signal?.throwIfAborted();
      const arrivals = channels.listen(CONTROL);
      try {
        return await arrivals.next(options);
      } finally {
        arrivals.leave();
      }
    },
  };
}

function listener(channels: Channels, subprotocol: string): SubchannelListener {
  return { listen: (options) => new Subchannels(channels.listen(subprotocol), options) };
}

/** Iterates over arriving subchannels, until the wormhole ends or the loop is left. */
class Subchannels implements AsyncIterableIterator<Subchannel> {
  readonly #arrivals: Arrivals;
  readonly #options: WaitOptions | undefined;

  constructor(arrivals: Arrivals, options: WaitOptions | undefined) {
    this.#arrivals = arrivals;
    this.#options = options;
  }

  next(): Promise<IteratorResult<Subchannel>> {
    return guarded(this.#next());
  }

  async #next(): Promise<IteratorResult<Subchannel>> {
    try {
      return { done: false, value: await this.#arrivals.next(this.#options) };
    } catch (error) {
      if (error instanceof WormholeClosedError) return { done: true, value: undefined };
      // Later subchannels could not be taken any more.
      if (this.#options?.signal?.aborted) this.#arrivals.leave();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Subchannel>> {
    this.#arrivals.leave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function checked(subprotocol: string): string {
  if (typeof subprotocol !== "string" || subprotocol === "") throw new TypeError("a subprotocol needs a name");
  const encoded = new TextEncoder().encode(subprotocol);
  if (encoded.length > MAX_SUBPROTOCOL_BYTES) throw new TypeError("the subprotocol's name is too long");
  if (utf8.decode(encoded) !== subprotocol) throw new TypeError("the subprotocol's name is not well-formed text");
  return subprotocol;
}
