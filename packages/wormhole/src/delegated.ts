import type { DelegatedWormhole, WormholeDelegate, WormholeOptions } from "./api.ts";
import { attempt, Controls } from "./controls.ts";
import type { WormholeError } from "./errors.ts";
import type { WormholeEvent } from "./session/boss.ts";

/** A wormhole that calls its delegate. */
export class Delegated extends Controls implements DelegatedWormhole {
  readonly #delegate: WormholeDelegate;

  constructor(options: WormholeOptions, delegate: WormholeDelegate) {
    super(options);
    this.#delegate = delegate;
  }

  close(): void {
    this.leave();
  }

  protected override tell(event: WormholeEvent): void {
    attempt(() => inform(this.#delegate, event));
  }

  protected override ended(result: "happy" | WormholeError): void {
    attempt(() => this.#delegate.wormholeClosed?.(result));
  }
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
    case "closed":
      return;
  }
}
