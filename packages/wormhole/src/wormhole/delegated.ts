/** The flavour of a wormhole whose events are calls of a delegate, and which can be saved. */
import type { DelegatedWormhole, RestoreOptions, SerializedWormhole, WormholeDelegate } from "../api.ts";
import { copyBytes } from "../base/bytes.ts";
import { immediateJournal } from "../base/journal.ts";
import { copyJson } from "../base/json.ts";
import { attempt } from "../base/report.ts";
import { WormholeError } from "../errors.ts";
import type { WormholeEvent } from "../session/events.ts";
import { isClosed, sideOf } from "../session/queries.ts";
import type { Saved } from "../session/saved/saved-shape.ts";
import { serialize } from "../session/saved/serialize.ts";
import { Controls } from "./controls.ts";

/**
 * The sides of all wormholes that are alive in this process. Two copies with one side would contradict each other. Copies of
 * this package share the set, because a process may have two of them.
 */
const alive = shared(Symbol.for("@wormhole-ts/wormhole/alive"));

function shared(key: symbol): Set<string> {
  const registry: { [key: symbol]: Set<string> | undefined } = Object(globalThis);
  const sides = registry[key] ?? new Set<string>();
  registry[key] = sides;
  return sides;
}

/** A wormhole that calls its delegate and can be saved. */
export class Delegated extends Controls implements DelegatedWormhole {
  readonly #delegate: WormholeDelegate;
  readonly #side: string;

  constructor(saved: Saved, options: RestoreOptions) {
    const side = sideOf(saved.session);
    if (alive.has(side)) {
      throw new WormholeError(
        "already-live",
        "This wormhole is already alive in this process. Restore a saved state only once.",
      );
    }
    super(saved, options, options.journal ?? immediateJournal);
    if (!isOver(saved)) alive.add(side);
    this.#side = side;
    this.#delegate = options.delegate;
  }

  serialize(): SerializedWormhole {
    return serialize(this.saved);
  }

  abandon(): void {
    this.abandonSession();
    alive.delete(this.#side);
  }

  close(): void {
    this.leave();
  }

  protected override tell(event: WormholeEvent): void {
    attempt(() => inform(this.#delegate, event));
  }

  protected override ended(result: "happy" | WormholeError): void {
    alive.delete(this.#side);
    attempt(() => this.#delegate.wormholeClosed?.(result));
  }
}

/** Whether this wormhole has closed and delivered all its events. Any number of copies of it do no harm. */
function isOver({ session, untold }: Saved): boolean {
  return isClosed(session) && untold.length === 0;
}

/** Calls the delegate with a copy of what has happened, so that it may change or erase it. */
function inform(delegate: WormholeDelegate, event: WormholeEvent): void {
  switch (event.type) {
    case "welcome":
      return delegate.wormholeGotWelcome?.(copyJson(event.welcome));
    case "code":
      return delegate.wormholeGotCode?.(event.code);
    case "key":
      return delegate.wormholeGotUnverifiedKey?.(copyBytes(event.key));
    case "verifier":
      return delegate.wormholeGotVerifier?.(copyBytes(event.verifier));
    case "versions":
      return delegate.wormholeGotVersions?.(copyJson(event.versions));
    case "message":
      return delegate.wormholeGotMessage?.(copyBytes(event.message));
    // A wormhole with a delegate does not announce dilation, so control messages are ignored.
    case "dilation":
    case "closed":
      return;
  }
}
