/** The reference library's end of a dilated wormhole: `side.py`, run by the Python of the reference program. */
import type { JsonObject } from "@wormhole-ts/wormhole";
import { Changes } from "../reference/changes.ts";
import { type LibraryError, ReferenceProcess } from "../reference/process.ts";
import { type Arrivals, type End, Heard, type Kind, Queue, type Role, type Stream } from "./end.ts";

/** An event of a wormhole, or of its subchannel with the number `c`. */
type Happening = { readonly w: string; readonly c?: number } & (
  | { readonly event: "dilated" | "closed" | "finished" }
  | { readonly event: "refused"; readonly value: LibraryError }
  | { readonly event: "status"; readonly value: TheirStatus }
  | { readonly event: "opened"; readonly value: { readonly name: string; readonly c: number } }
  | { readonly event: "data"; readonly value: string }
  | { readonly event: "ended"; readonly value: Sum | null }
);

export interface TheirStatus {
  readonly state: "NoPeer" | "ConnectingPeer" | "ConnectedPeer" | "ReconnectingPeer" | "StoppedPeer";
  /** The hint that has led to the connection. */
  readonly hint: string | null;
}

/** The count and the hash of the data on one subchannel. */
export interface Sum {
  readonly bytes: number;
  readonly sha256: string;
}

export interface TheirOptions {
  readonly url: string;
  readonly appId: string;
  readonly code: string;
  /** Whether it announces that it can dilate. */
  readonly dilation: boolean;
}

export interface TheirDilation {
  /** `tcp:HOST:PORT`. */
  readonly relay?: string | undefined;
  readonly listen: boolean;
  /** Seconds. */
  readonly pingInterval: number;
}

/** One Python process, for any number of wormholes. */
export class PythonLibrary {
  readonly #ends: Theirs[] = [];
  readonly #process = new ReferenceProcess<Happening>(new URL("side.py", import.meta.url), (event) => {
    this.#ends[Number(event.w)]?.happened(event);
  });

  /** The errors that the library has logged. */
  get loggedErrors(): readonly string[] {
    return this.#process.loggedErrors;
  }

  /** Opens a wormhole. */
  async open({ url, appId, code, dilation }: TheirOptions): Promise<Theirs> {
    const w = String(this.#ends.length);
    const end = new Theirs((command) => this.#process.ask({ w, ...command }));
    this.#ends.push(end);
    await this.#process.ask({ w, do: "create", url, appid: appId, code, dilation });
    return end;
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

type Ask = (command: JsonObject & { readonly do: string }) => Promise<unknown>;

export class Theirs implements End {
  readonly title = "theirs";
  readonly statuses: TheirStatus[] = [];
  /** The library's error, if it has refused to dilate the wormhole. */
  refused: LibraryError | undefined;
  readonly #ask: Ask;
  readonly #streams = new Map<number, TheirStream>();
  readonly #arrivals = new Map<string, Queue<TheirStream>>();
  readonly #changes = new Changes();
  #isDilated = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Resolves when the wormhole is connected, or the library has refused to dilate it. */
  async dilate({ relay, listen, pingInterval }: TheirDilation): Promise<void> {
    await this.#ask({ do: "dilate", relay: relay ?? null, no_listen: !listen, ping_interval: pingInterval });
    await this.#changes.until(
      () => this.#isDilated || this.refused !== undefined,
      () => `their first connection, but its statuses are ${JSON.stringify(this.statuses)}`,
    );
  }

  role = async () => (await this.#ask({ do: "role" })) as Role;

  /** Number of connections so far. */
  get connections(): number {
    return this.statuses.filter(({ state }) => state === "ConnectedPeer").length;
  }

  /** Resolves when there have been this many connections. */
  async connected(times: number): Promise<void> {
    await this.#changes.until(
      () => this.connections >= times,
      () => `their connection number ${times}, but its statuses are ${JSON.stringify(this.statuses)}`,
    );
  }

  async connect(name: string, kind: Kind = "half"): Promise<Stream> {
    return this.#connect(name, kind);
  }

  async listen(name: string, kind: Kind = "half"): Promise<Arrivals> {
    return this.#listen(name, kind);
  }

  /** Opens a subchannel and writes random bytes. Resolves with their hash when all were written. */
  async push(name: string, bytes: number, chunk = 65_000): Promise<Sum> {
    const { number } = await this.#connect(name, "half");
    const sha256 = String(await this.#ask({ do: "push", c: number, size: bytes, chunk }));
    return { bytes, sha256 };
  }

  /** Counts the bytes on the next subchannel of this name. */
  async count(name: string): Promise<{ sum(): Promise<Sum> }> {
    const arrivals = await this.#listen(name, "sum");
    return { sum: async () => (await arrivals.next()).sum() };
  }

  /** Sends a message through the mailbox. */
  send = async (text: string) => void (await this.#ask({ do: "send", text }));
  /** Drops the connection, as a failing network would. */
  cut = async () => void (await this.#ask({ do: "cut" }));
  /** Stops reading from the connection. */
  deafen = async () => void (await this.#ask({ do: "deafen" }));
  close = async () => void (await this.#ask({ do: "close" }));

  happened(line: Happening): void {
    if (line.event === "dilated") this.#isDilated = true;
    else if (line.event === "refused") this.refused = line.value;
    else if (line.event === "status") this.statuses.push(line.value);
    else if (line.event === "opened") this.#arrivals.get(line.value.name)?.add(this.#stream(line.value.c));
    else if (line.c !== undefined) this.#stream(line.c).happened(line);
    this.#changes.happened();
  }

  async #connect(name: string, kind: string): Promise<TheirStream> {
    return this.#stream(Number(await this.#ask({ do: "connect", name, kind })));
  }

  async #listen(name: string, kind: string): Promise<Queue<TheirStream>> {
    const arrivals = new Queue<TheirStream>(`a subchannel ${name}`);
    this.#arrivals.set(name, arrivals);
    await this.#ask({ do: "listen", name, kind });
    return arrivals;
  }

  /** Returns the stream of a subchannel. Its first event may come before the event `opened`. */
  #stream(number: number): TheirStream {
    const stream = this.#streams.get(number) ?? new TheirStream(number, this.#ask);
    this.#streams.set(number, stream);
    return stream;
  }
}

class TheirStream implements Stream {
  readonly number: number;
  readonly heard = new Heard();
  readonly #ask: Ask;
  readonly #sum = Promise.withResolvers<Sum>();
  #hasFinished = false;

  constructor(number: number, ask: Ask) {
    this.number = number;
    this.#ask = ask;
  }

  write = async (text: string) =>
    void (await this.#ask({ do: "write", c: this.number, body: Buffer.from(text).toString("hex") }));
  finish = async () => void (await this.#ask({ do: "finish", c: this.number }));
  /** Resolves when the peer's direction has ended, with the count and the hash of all its data. */
  sum = () => this.#sum.promise;

  happened(line: Happening): void {
    if (line.event === "data") this.heard.add(Buffer.from(line.value, "hex").toString());
    if (line.event === "ended" && line.value) this.#sum.resolve(line.value);
    if (line.event === "ended" || line.event === "closed") this.heard.end();
    if (line.event === "finished" || line.event === "closed") this.#hasFinished = true;
    if (this.heard.hasEnded && this.#hasFinished) this.heard.close();
  }
}
