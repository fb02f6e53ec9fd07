/** One end of a wormhole, seen the same way whether it is ours or the reference library's, and in either flavour. */
import type { JsonObject } from "@wormhole-ts/wormhole";
import { Changes } from "./changes.ts";

export type Flavour = "deferred" | "delegated";
export const FLAVOURS: readonly Flavour[] = ["deferred", "delegated"];

/** An error as both libraries can tell it: the name of its class, and the server's own words if it has any. */
export interface Told {
  readonly error: string;
  readonly words: string;
}

/** What a wormhole tells, bytes in hex. `refused`: a getter of the deferred flavour that was pending was rejected. */
export interface Events {
  welcome: JsonObject;
  code: string;
  key: string;
  verifier: string;
  versions: JsonObject;
  message: string;
  refused: Told & { readonly of: Getter };
  closed: "happy" | Told;
}
export type EventName = keyof Events;

export const GETTERS = ["welcome", "code", "key", "verifier", "versions", "message"] as const;
export type Getter = (typeof GETTERS)[number];

export type SideEvent = { readonly [N in EventName]: { readonly event: N; readonly value: Events[N] } }[EventName];

export interface SideOptions {
  readonly appId: string;
  /** Of a mailbox server: `ws://HOST:PORT/v1`. */
  readonly url: string;
  readonly versions?: JsonObject | undefined;
}

/** What a test can do with it. A call that the library refuses rejects with {@link CallError}. */
export interface Side {
  readonly title: string;
  readonly story: Story;
  allocateCode(): Promise<void>;
  setCode(code: string): Promise<void>;
  /** Through the input helper, with completion of the last word. */
  typeCode(code: string): Promise<void>;
  send(message: Uint8Array): Promise<void>;
  /** In hex. */
  deriveKey(purpose: string, length: number): Promise<string>;
  /** A getter of the deferred flavour, asked anew. */
  get(what: Getter): Promise<unknown>;
  /** How it ended is an event. */
  close(): Promise<void>;
}

/** A call that was refused; `name` is the class of the library's own error. */
export class CallError extends Error {
  readonly words: string;
  constructor({ error, words }: Told) {
    super(`${error}: ${words}`);
    this.name = error;
    this.words = words;
  }
}

/** Everything that a wormhole has told, in order. */
export class Story {
  readonly events: SideEvent[] = [];
  readonly #changes = new Changes();

  add(event: SideEvent): void {
    this.events.push(event);
    this.#changes.happened();
  }

  /** All that was told under this name until now. */
  all<N extends EventName>(name: N): Events[N][] {
    return this.events.filter(({ event }) => event === name).map(({ value }) => value as Events[N]);
  }

  /** The first of that name, as soon as it comes. */
  async first<N extends EventName>(name: N): Promise<Events[N]> {
    const [first] = await this.some(name, 1);
    return first as Events[N];
  }

  /** All of that name, as soon as there are so many. */
  async some<N extends EventName>(name: N, count: number): Promise<Events[N][]> {
    const heard = () => this.events.map(({ event }) => event).join(", ");
    const enough = () => this.all(name).length >= count;
    await this.#changes.until(enough, () => `${count} × ${name}, but heard: ${heard()}`);
    return this.all(name);
  }

  /** The names in order, each once where it repeats at once. */
  get outline(): EventName[] {
    const names = this.events.map(({ event }) => event);
    return names.filter((name, index) => name !== names[index - 1]);
  }
}
