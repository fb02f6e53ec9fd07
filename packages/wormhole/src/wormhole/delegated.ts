import type { DelegatedWormhole, SerializedWormhole, WormholeDelegate } from "../api.ts";
import { immediateJournal, type Journal } from "../base/journal.ts";
import { attempt } from "../base/report.ts";
import { WormholeError } from "../errors.ts";
import type { WormholeEvent } from "../session/machines/boss.ts";
import { type Saved, serialize } from "../session/saved/serialize.ts";
import { Controls, type ControlsOptions } from "./controls.ts";

/** Sides of the wormholes that are alive in this process: two with one would send different things in one place. */
const alive = new Set<string>();

/** A wormhole that calls its delegate, and can be saved. */
export class Delegated extends Controls implements DelegatedWormhole {
  readonly #delegate: WormholeDelegate;
  readonly #side: string;

  constructor(saved: Saved, options: ControlsOptions & { delegate: WormholeDelegate; journal?: Journal }) {
    const side = sideOf(saved);
    if (alive.has(side)) {
      throw new WormholeError(
        "already-live",
        "This wormhole is alive in this process: a saved state is restored once.",
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
    this.letGo();
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

function sideOf({ session }: Saved): string {
  return session.send.side;
}

/** Nothing will ever happen to it: it may be looked at as often as one likes. */
function isOver({ session, untold }: Saved): boolean {
  return session.boss.at === "closed" && untold.length === 0;
}

function inform(delegate: WormholeDelegate, event: WormholeEvent): void {
  switch (event.type) {
    case "welcome":
      return delegate.wormholeGotWelcome?.(event.welcome);
    case "code":
      return delegate.wormholeGotCode?.(event.code);
    case "key":
      return delegate.wormholeGotUnverifiedKey?.(event.key);
    case "verifier":
      return delegate.wormholeGotVerifier?.(event.verifier);
    case "versions":
      return delegate.wormholeGotVersions?.(event.versions);
    case "message":
      return delegate.wormholeGotMessage?.(event.message);
    // Who can be saved cannot dilate, and has not said that it could.
    case "dilation":
    case "closed":
      return;
  }
}
