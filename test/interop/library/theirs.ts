/** The reference library's end of a wormhole: `side.py`, run by the Python that the reference program is installed for. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@wormhole-ts/wormhole";
import { python } from "../../support/programs.ts";
import {
  CallError,
  type Flavour,
  type Getter,
  type Side,
  type SideEvent,
  type SideOptions,
  Story,
  type Told,
} from "./side.ts";

/** The installed Python, if there is one. */
export const pythonProgram = "program" in python.found ? join(dirname(python.found.program), "python") : undefined;

const SCRIPT = fileURLToPath(new URL("side.py", import.meta.url));

type Answer = { readonly re: number } & ({ readonly value: unknown } | Told);
type Line = Answer | ({ readonly w: string } & SideEvent) | { readonly trouble: string };

export interface TheirOptions extends SideOptions {
  /** Announces that it can dilate. */
  readonly dilation?: boolean;
}

/** One process, for any number of wormholes. */
export class PythonLibrary {
  /** What it has logged as errors: exceptions that nobody caught, messages that it does not know. */
  readonly troubles: string[] = [];
  readonly #child: ChildProcess;
  readonly #stories = new Map<string, Story>();
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
    if (this.#child.stdout) createInterface(this.#child.stdout).on("line", (line) => this.#heard(JSON.parse(line)));
    this.#child.stdin?.on("error", () => {}); // it has ended, which is told to whoever asks
    this.#ended = once(this.#child, "close");
  }

  async open(flavour: Flavour, { appId, url, versions, dilation }: TheirOptions): Promise<Side> {
    const w = String(this.#stories.size);
    const story = new Story();
    this.#stories.set(w, story);
    const optional = { ...(versions && { versions }), ...(dilation && { dilation }) };
    await this.#ask({ w, do: "create", flavour, appid: appId, url, ...optional });
    return new Theirs(flavour, story, (command) => this.#ask({ w, ...command }));
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

  #heard(line: Line): void {
    if ("trouble" in line) return void this.troubles.push(line.trouble);
    if ("w" in line) return this.#stories.get(line.w)?.add(line);
    this.#asked.get(line.re)?.(line);
    this.#asked.delete(line.re);
  }
}

class Theirs implements Side {
  readonly title: string;
  readonly story: Story;
  readonly #ask: (command: JsonObject) => Promise<unknown>;

  constructor(flavour: Flavour, story: Story, ask: (command: JsonObject) => Promise<unknown>) {
    this.title = `Python's, ${flavour}`;
    this.story = story;
    this.#ask = ask;
  }

  allocateCode = () => this.#do({ do: "allocate" });
  setCode = (code: string) => this.#do({ do: "set", code });
  typeCode = (code: string) => this.#do({ do: "type", code });
  send = (message: Uint8Array) => this.#do({ do: "send", body: Buffer.from(message).toString("hex") });
  deriveKey = async (purpose: string, length: number) => String(await this.#ask({ do: "derive", purpose, length }));
  get = (what: Getter) => this.#ask({ do: "get", what });
  close = () => this.#do({ do: "close" });

  async #do(command: JsonObject): Promise<void> {
    await this.#ask(command);
  }
}
