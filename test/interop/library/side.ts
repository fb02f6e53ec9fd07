/** One end of a wormhole with the same interface for our library and the reference library, in either flavour. */
import type { JsonObject } from "@wormhole-ts/wormhole";
import { Changes } from "../reference/changes.ts";
import type { LibraryError } from "../reference/process.ts";

export type Flavour = "deferred" | "delegated";
export const FLAVOURS: readonly Flavour[] = ["deferred", "delegated"];

/** The events of a wormhole, with bytes in hex. */
export interface Events {
  welcome: JsonObject;
  code: string;
  key: string;
  verifier: string;
  versions: JsonObject;
  message: string;
  /** In the deferred flavour, a pending getter was rejected. */
  refused: LibraryError & { readonly of: Getter };
  closed: "happy" | LibraryError;
}
export type EventName = keyof Events;

/** The getters of the deferred flavour. */
export const GETTERS = ["welcome", "code", "key", "verifier", "versions", "message"] as const;
export type Getter = (typeof GETTERS)[number];

export type SideEvent = { readonly [N in EventName]: { readonly event: N; readonly value: Events[N] } }[EventName];

export interface SideOptions {
  readonly appId: string;
  /** The address of a mailbox server: `ws://HOST:PORT/v1`. */
  readonly url: string;
  readonly versions?: JsonObject | undefined;
}

/** What a test can do with a wormhole. A call that the library refuses rejects with a `CallError`. */
export interface Side {
  readonly title: string;
  readonly log: EventLog;
  allocateCode(): Promise<void>;
  setCode(code: string): Promise<void>;
  /** Enters a code through the input helper, with completion of the last word. */
  typeCode(code: string): Promise<void>;
  send(message: Uint8Array): Promise<void>;
  /** Resolves with the key in hex. */
  deriveKey(purpose: string, length: number): Promise<string>;
  /** Calls a getter of the deferred flavour once more. */
  get(what: Getter): Promise<unknown>;
  /** Starts closing. The event `closed` has the result. */
  close(): Promise<void>;
}

/** All events of a wormhole, in order. */
export class EventLog {
  readonly events: SideEvent[] = [];
  readonly #changes = new Changes();

  add(event: SideEvent): void {
    this.events.push(event);
    this.#changes.happened();
  }

  /** The values of all events with this name so far. */
  all<N extends EventName>(name: N): Events[N][] {
    return this.events.filter(({ event }) => event === name).map(({ value }) => value as Events[N]);
  }

  /** Waits for the first event with this name. */
  async first<N extends EventName>(name: N): Promise<Events[N]> {
    const [first] = await this.some(name, 1);
    return first as Events[N];
  }

  /** Waits until there are `count` events with this name, and resolves with all of them. */
  async some<N extends EventName>(name: N, count: number): Promise<Events[N][]> {
    const names = () => this.events.map(({ event }) => event).join(", ");
    const enough = () => this.all(name).length >= count;
    await this.#changes.until(enough, () => `${count} × ${name}; the events are: ${names()}`);
    return this.all(name);
  }

  /** The names of the events in order, where equal names in a row count once. */
  get outline(): EventName[] {
    const names = this.events.map(({ event }) => event);
    return names.filter((name, index) => name !== names[index - 1]);
  }
}
