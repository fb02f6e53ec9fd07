/** The reference library's end of a dilated wormhole: `side.py`, run by the Python of the reference program. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@wormhole-ts/wormhole";
import { Changes } from "../reference/changes.ts";
import { CallError, type LibraryError } from "../reference/process.ts";
import { type Arrivals, type End, Heard, type Kind, Queue, type Role, type Stream } from "./end.ts";

const SCRIPT = fileURLToPath(new URL("side.py", import.meta.url));

type Answer = { readonly re: number } & ({ readonly value: unknown } | LibraryError);
/** An event that was not asked for. `c` is the number of its subchannel. */
type Happening = { readonly w: string; readonly c?: number } & (
  | { readonly event: "dilated" | "closed" | "finished" }
  | { readonly event: "refused"; readonly value: LibraryError }
  | { readonly event: "status"; readonly value: TheirStatus }
  | { readonly event: "opened"; readonly value: { readonly name: string; readonly c: number } }
  | { readonly event: "data"; readonly value: string }
  | { readonly event: "ended"; readonly value: Sum | null }
);
type Line = Answer | Happening | { readonly trouble: string };

export interface TheirStatus {
  readonly state: "NoPeer" | "ConnectingPeer" | "ConnectedPeer" | "ReconnectingPeer" | "StoppedPeer";
  /** The way that they are connected. */
  readonly hint: string | null;
}

/** The result of a subchannel that only counts. */
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

/** One process, for any number of wormholes. */
export class PythonProcess {
  /** Errors that it has logged: unhandled exceptions, unknown records and unknown messages. */
  readonly troubles: string[] = [];
  readonly #child: ChildProcess;
  readonly #ends: Theirs[] = [];
  readonly #asked = new Map<number, (answer: Answer) => void>();
  readonly #ended: Promise<unknown>;
  #questions = 0;
  #stderr = "";

  constructor(program: string) {
    this.#child = spawn(program, [SCRIPT], { stdio: ["pipe", "pipe", "pipe"] });
    process.once("exit", this.#kill);
    this.#child.stderr?.on("data", (text) => {
      this.#stderr += text;
    });
    if (this.#child.stdout) createInterface(this.#child.stdout).on("line", (line) => this.#heard(line));
    this.#child.stdin?.on("error", () => {}); // the process has ended, which later calls report
    this.#ended = once(this.#child, "close");
  }

  async open({ url, appId, code, dilation }: TheirOptions): Promise<Theirs> {
    const w = String(this.#ends.length);
    const end = new Theirs((command) => this.#ask({ w, ...command }));
    this.#ends.push(end);
    await this.#ask({ w, do: "create", url, appid: appId, code, dilation });
    return end;
  }

  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    process.off("exit", this.#kill);
  }

  #kill = () => this.#child.kill("SIGKILL");

  #ask(command: JsonObject): Promise<unknown> {
    const ask = this.#questions++;
    const answered = new Promise((resolve, reject) => {
      this.#asked.set(ask, (answer) => {
        if ("error" in answer) reject(new CallError(answer));
        else resolve(answer.value);
      });
    });
    this.#child.stdin?.write(`${JSON.stringify({ ask, ...command })}\n`);
    const ended = this.#ended.then(() => Promise.reject(new Error(`Python has ended: ${this.#stderr}`)));
    return Promise.race([answered, ended]);
  }

  #heard(text: string): void {
    // The library prints lines of its own, too.
    if (!text.startsWith("{")) return;
    const line: Line = JSON.parse(text);
    if ("trouble" in line) return void this.troubles.push(line.trouble);
    if ("w" in line) return this.#ends[Number(line.w)]?.happened(line);
    this.#asked.get(line.re)?.(line);
    this.#asked.delete(line.re);
  }
}

type Ask = (command: JsonObject & { readonly do: string }) => Promise<unknown>;

export class Theirs implements End {
  readonly title = "theirs";
  readonly statuses: TheirStatus[] = [];
  /** The reason why it refused to dilate. */
  refused: LibraryError | undefined;
  readonly #ask: Ask;
  readonly #streams = new Map<number, TheirStream>();
  readonly #arrivals = new Map<string, Queue<TheirStream>>();
  readonly #changes = new Changes();
  #isDilated = false;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /** Resolves when it is connected, or refuses. */
  async dilate({ relay, listen, pingInterval }: TheirDilation): Promise<void> {
    await this.#ask({ do: "dilate", relay: relay ?? null, no_listen: !listen, ping_interval: pingInterval });
    await this.#changes.until(
      () => this.#isDilated || this.refused !== undefined,
      () => `their first connection, but told ${JSON.stringify(this.statuses)}`,
    );
  }

  role = async () => (await this.#ask({ do: "role" })) as Role;

  /** How often there was a connection. */
  get links(): number {
    return this.statuses.filter(({ state }) => state === "ConnectedPeer").length;
  }

  /** Resolves when there was a connection this often. */
  async linked(times: number): Promise<void> {
    await this.#changes.until(
      () => this.links >= times,
      () => `their connection number ${times}, but told ${JSON.stringify(this.statuses)}`,
    );
  }

  async connect(name: string, kind: Kind = "half"): Promise<Stream> {
    return this.#connect(name, kind);
  }

  async listen(name: string, kind: Kind = "half"): Promise<Arrivals> {
    return this.#listen(name, kind);
  }

  /** Opens a subchannel and writes random bytes. Resolves with their hash when they are on their way. */
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
  /** Drops the connection, as the network would. */
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

  /** An event on a subchannel may come before the news that it was opened. */
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
  /** The result for everything that has come, after the end. */
  sum = () => this.#sum.promise;

  happened(line: Happening): void {
    if (line.event === "data") this.heard.add(Buffer.from(line.value, "hex").toString());
    if (line.event === "ended" && line.value) this.#sum.resolve(line.value);
    if (line.event === "ended" || line.event === "closed") this.heard.end();
    if (line.event === "finished" || line.event === "closed") this.#hasFinished = true;
    if (this.heard.hasEnded && this.#hasFinished) this.heard.close();
  }
}
