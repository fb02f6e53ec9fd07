/** Our library's end of a wormhole. */
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
import {
  CallError,
  type Flavour,
  GETTERS,
  type Getter,
  type Side,
  type SideEvent,
  type SideOptions,
  Story,
  type Told,
} from "./side.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

function told(error: unknown): Told {
  if (!(error instanceof WormholeError)) throw error;
  const words = error instanceof ServerError || error instanceof WelcomeError ? error.reason : "";
  return { error: error.name, words };
}

export function openOurs(flavour: Flavour, options: SideOptions): Side {
  return flavour === "deferred" ? new OursDeferred(options) : new OursDelegated(options);
}

abstract class Ours implements Side {
  abstract readonly title: string;
  readonly story = new Story();
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
      throw new CallError(told(error));
    }
  }
}

/** Asks for everything at once, and writes down every answer. */
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
      throw new CallError(told(error));
    }
  }

  async #waitFor(name: Getter): Promise<void> {
    try {
      // The event's type follows from its name.
      this.story.add({ event: name, value: await this.get(name) } as never);
      if (name === "message") void this.#waitFor(name);
    } catch (error) {
      const { name: of, words } = error as CallError;
      this.story.add({ event: "refused", value: { of: name, error: of, words } });
      await this.close();
    }
  }

  /** As an application does that is told of an error: only this says how it ended. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.wormhole.close().then(
      (value) => this.story.add({ event: "closed", value }),
      (error) => this.story.add({ event: "closed", value: told(error) }),
    );
  }
}

/** Writes down every event. Can be saved, and restored as a later process would. */
export class OursDelegated extends Ours {
  readonly title = "ours, delegated";
  protected wormhole: DelegatedWormhole;
  /** Whether it leaves and comes back after each event. */
  restless = false;
  readonly #delegate: WormholeDelegate = {
    wormholeGotWelcome: (value) => this.#tell({ event: "welcome", value }),
    wormholeGotCode: (value) => this.#tell({ event: "code", value }),
    wormholeGotUnverifiedKey: (key) => this.#tell({ event: "key", value: hex(key) }),
    wormholeGotVerifier: (verifier) => this.#tell({ event: "verifier", value: hex(verifier) }),
    wormholeGotVersions: (value) => this.#tell({ event: "versions", value }),
    wormholeGotMessage: (message) => this.#tell({ event: "message", value: hex(message) }),
    wormholeClosed: (result) => this.#tell({ event: "closed", value: result === "happy" ? result : told(result) }),
  };

  constructor({ appId, url, versions }: SideOptions) {
    super();
    const delegate = this.#delegate;
    this.wormhole = createWormhole({ appId, relayUrl: url, ...(versions && { versions }), delegate });
  }

  /** Ends the process, as far as anybody outside can tell, and gives what it has left as text. */
  leave(): string {
    const state = JSON.stringify(this.wormhole.serialize());
    this.wormhole.abandon();
    return state;
  }

  /** The next process goes on from there. */
  comeBack(state: string): void {
    const saved: SerializedWormhole = JSON.parse(state);
    this.wormhole = restoreWormhole(saved, { delegate: this.#delegate });
  }

  #tell(event: SideEvent): void {
    this.story.add(event);
    if (this.restless && event.event !== "closed") this.comeBack(this.leave());
  }

  async get(): Promise<never> {
    throw new Error("the delegated flavour has no getters");
  }

  async close(): Promise<void> {
    this.wormhole.close();
  }
}
