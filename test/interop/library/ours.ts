/** Our library's end of a wormhole, in both flavours. */
import {
  createWormhole,
  type DelegatedWormhole,
  restoreWormhole,
  type SerializedWormhole,
  ServerError,
  WelcomeError,
  type Wormhole,
  type WormholeControls,
  type WormholeDelegate,
  WormholeError,
} from "@wormhole-ts/wormhole";
import { CallError, type LibraryError } from "../reference/process.ts";
import { EventLog, type Flavour, GETTERS, type Getter, type Side, type SideEvent, type SideOptions } from "./side.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function described(error: unknown): LibraryError {
  if (!(error instanceof WormholeError)) throw error;
  const words = error instanceof ServerError || error instanceof WelcomeError ? error.reason : "";
  return { error: error.name, words };
}

/** Opens a wormhole. */
export function openOurs(flavour: Flavour, options: SideOptions): Side {
  return flavour === "deferred" ? new OursDeferred(options) : new OursDelegated(options);
}

abstract class Ours implements Side {
  abstract readonly title: string;
  readonly log = new EventLog();
  protected abstract readonly wormhole: WormholeControls;

  allocateCode = async () => this.#call(() => this.wormhole.allocateCode());
  setCode = async (code: string) => this.#call(() => this.wormhole.setCode(code));
  send = async (message: Uint8Array) => this.#call(() => this.wormhole.sendMessage(message));
  deriveKey = async (purpose: string, length: number) => {
    return this.#call(() => hex(this.wormhole.deriveKey(purpose, length)));
  };

  async typeCode(code: string): Promise<void> {
    const hyphen = code.indexOf("-");
    const words = code.slice(hyphen + 1);
    const input = this.wormhole.inputCode();
    input.chooseNameplate(code.slice(0, hyphen));
    await input.whenWordlistIsAvailable();
    const completions = input.getWordCompletions(words.slice(0, -1));
    if (!completions.has(words)) throw new Error(`${words} is not among ${[...completions]}`);
    input.chooseWords(words);
  }

  abstract get(what: Getter): Promise<unknown>;
  abstract close(): Promise<void>;

  #call<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw new CallError(described(error));
    }
  }
}

/** The deferred flavour. Calls every getter at once, and logs every result. */
class OursDeferred extends Ours {
  readonly title = "ours, deferred";
  protected readonly wormhole: Wormhole;
  #closing = false;

  constructor({ appId, url, versions }: SideOptions) {
    super();
    this.wormhole = createWormhole({ appId, relayUrl: url, ...(versions && { versions }) });
    for (const name of GETTERS) void this.#waitFor(name);
  }

  async get(what: Getter): Promise<unknown> {
    const { wormhole } = this;
    const getters = {
      welcome: () => wormhole.getWelcome(),
      code: () => wormhole.getCode(),
      key: () => wormhole.getUnverifiedKey(),
      verifier: () => wormhole.getVerifier(),
      versions: () => wormhole.getVersions(),
      message: () => wormhole.getMessage(),
    };
    try {
      const value = await getters[what]();
      return value instanceof Uint8Array ? hex(value) : value;
    } catch (error) {
      throw new CallError(described(error));
    }
  }

  async #waitFor(name: Getter): Promise<void> {
    try {
      // The event's type follows from its name.
      this.log.add({ event: name, value: await this.get(name) } as never);
      if (name === "message") void this.#waitFor(name);
    } catch (error) {
      const { name: of, words } = error as CallError;
      this.log.add({ event: "refused", value: { of: name, error: of, words } });
      await this.close();
    }
  }

  /** Closes as an application does after an error, because only `close` reports how the wormhole ended. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.wormhole.close().then(
      (value) => this.log.add({ event: "closed", value }),
      (error) => this.log.add({ event: "closed", value: described(error) }),
    );
  }
}

/** The delegated flavour. Logs every event, and can be saved and restored, as if by another process. */
export class OursDelegated extends Ours {
  readonly title = "ours, delegated";
  protected wormhole: DelegatedWormhole;
  /** Whether the wormhole is saved and restored after each event. */
  restoresAfterEachEvent = false;
  readonly #delegate: WormholeDelegate = {
    wormholeGotWelcome: (value) => this.#report({ event: "welcome", value }),
    wormholeGotCode: (value) => this.#report({ event: "code", value }),
    wormholeGotUnverifiedKey: (key) => this.#report({ event: "key", value: hex(key) }),
    wormholeGotVerifier: (verifier) => this.#report({ event: "verifier", value: hex(verifier) }),
    wormholeGotVersions: (value) => this.#report({ event: "versions", value }),
    wormholeGotMessage: (message) => this.#report({ event: "message", value: hex(message) }),
    wormholeClosed: (result) =>
      this.#report({ event: "closed", value: result === "happy" ? result : described(result) }),
  };

  constructor({ appId, url, versions }: SideOptions) {
    super();
    const delegate = this.#delegate;
    this.wormhole = createWormhole({ appId, relayUrl: url, ...(versions && { versions }), delegate });
  }

  /**
   * Saves the wormhole and abandons it, which looks like the end of the process from outside. Returns the state as
   * text.
   */
  save(): string {
    const state = JSON.stringify(this.wormhole.serialize());
    this.wormhole.abandon();
    return state;
  }

  /** Continues from a saved state, as the next process would. */
  restore(state: string): void {
    const saved: SerializedWormhole = JSON.parse(state);
    this.wormhole = restoreWormhole(saved, { delegate: this.#delegate });
  }

  #report(event: SideEvent): void {
    this.log.add(event);
    if (this.restoresAfterEachEvent && event.event !== "closed") this.restore(this.save());
  }

  async get(): Promise<never> {
    throw new Error("the delegated flavour has no getters");
  }

  async close(): Promise<void> {
    this.wormhole.close();
  }
}
