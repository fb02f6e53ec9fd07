/** The reference library's end of a wormhole: `side.py`, run by the Python of the reference program. */
import type { JsonObject } from "@wormhole-ts/wormhole";
import { ReferenceProcess } from "../reference/process.ts";
import { EventLog, type Flavour, type Getter, type Side, type SideEvent, type SideOptions } from "./side.ts";

/** Options of a wormhole of the reference library. */
export interface TheirOptions extends SideOptions {
  /** Whether it announces that it can dilate. */
  readonly dilation?: boolean;
}

type Command = JsonObject & { readonly do: string };

/** One Python process, for any number of wormholes. */
export class PythonLibrary {
  readonly #process: ReferenceProcess<{ readonly w: string } & SideEvent>;
  readonly #logs = new Map<string, EventLog>();

  constructor() {
    this.#process = new ReferenceProcess(new URL("side.py", import.meta.url), (event) => {
      this.#logs.get(event.w)?.add(event);
    });
  }

  /** The errors that the library has logged. */
  get loggedErrors(): readonly string[] {
    return this.#process.loggedErrors;
  }

  /** Opens a wormhole. */
  async open(flavour: Flavour, { appId, url, versions, dilation }: TheirOptions): Promise<Side> {
    const w = String(this.#logs.size);
    const log = new EventLog();
    this.#logs.set(w, log);
    const optional = { ...(versions && { versions }), ...(dilation && { dilation }) };
    await this.#process.ask({ w, do: "create", flavour, appid: appId, url, ...optional });
    return new Theirs(flavour, log, (command) => this.#process.ask({ w, ...command }));
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

class Theirs implements Side {
  readonly title: string;
  readonly log: EventLog;
  readonly #ask: (command: Command) => Promise<unknown>;

  constructor(flavour: Flavour, log: EventLog, ask: (command: Command) => Promise<unknown>) {
    this.title = `Python's, ${flavour}`;
    this.log = log;
    this.#ask = ask;
  }

  allocateCode = () => this.#do({ do: "allocate" });
  setCode = (code: string) => this.#do({ do: "set", code });
  typeCode = (code: string) => this.#do({ do: "type", code });
  send = (message: Uint8Array) => this.#do({ do: "send", body: Buffer.from(message).toString("hex") });
  deriveKey = async (purpose: string, length: number) => String(await this.#ask({ do: "derive", purpose, length }));
  get = (what: Getter) => this.#ask({ do: "get", what });
  close = () => this.#do({ do: "close" });

  async #do(command: Command): Promise<void> {
    await this.#ask(command);
  }
}
