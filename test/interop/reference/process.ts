/**
 * A Python process with the reference library, which a test controls by lines of JSON. `commands.py` describes the
 * lines and holds the other end of the pipe; a script beside the tests holds the commands.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@wormhole-ts/wormhole";
import { python } from "../../support/programs.ts";

/** The Python of the reference program, if it is installed. */
export const pythonProgram = "program" in python.found ? join(dirname(python.found.program), "python") : undefined;

/** The folder of `commands.py`, in which the scripts find it. */
const MODULES = fileURLToPath(new URL(".", import.meta.url));

/**
 * An error in a form that both libraries have: the name of its class, and the message of the server if there is one.
 */
export interface LibraryError {
  readonly error: string;
  readonly words: string;
}

/** A call was refused by a library. `name` is the class of its own error. */
export class CallError extends Error {
  readonly words: string;
  constructor({ error, words }: LibraryError) {
    super(`${error}: ${words}`);
    this.name = error;
    this.words = words;
  }
}

/** An event of one wormhole. */
interface WormholeEvent {
  /** The name that the test has given the wormhole. */
  readonly w: string;
}

type Answer = { readonly re: number } & ({ readonly value: unknown } | LibraryError);

/** One process, for any number of wormholes. */
export class ReferenceProcess<Event extends WormholeEvent> {
  /** The errors that the library has logged: unhandled exceptions, and messages that it does not understand. */
  readonly loggedErrors: string[] = [];
  readonly #child: ChildProcess;
  readonly #onEvent: (event: Event) => void;
  readonly #pending = new Map<number, (answer: Answer) => void>();
  readonly #ended: Promise<unknown>;
  #commands = 0;
  #stderr = "";

  /**
   * @param script a Python script that runs the commands
   * @param onEvent receives the events of all wormholes, in order
   */
  constructor(script: URL, onEvent: (event: Event) => void) {
    this.#onEvent = onEvent;
    const env = { ...process.env, PYTHONPATH: MODULES };
    this.#child = spawn(pythonProgram ?? "python3", [fileURLToPath(script)], { env, stdio: "pipe" });
    process.once("exit", this.#kill);
    this.#child.stderr?.on("data", (text) => {
      this.#stderr += text;
    });
    if (this.#child.stdout) createInterface(this.#child.stdout).on("line", (line) => this.#received(line));
    this.#child.stdin?.on("error", () => {}); // the process has ended, which rejects every command
    this.#ended = once(this.#child, "close");
  }

  /** Runs a command. Resolves with its result, or rejects with a {@link CallError}. */
  ask(command: JsonObject & { readonly w: string; readonly do: string }): Promise<unknown> {
    const ask = this.#commands++;
    const answered = new Promise((resolve, reject) => {
      this.#pending.set(ask, (answer) => {
        if ("error" in answer) reject(new CallError(answer));
        else resolve(answer.value);
      });
    });
    this.#child.stdin?.write(`${JSON.stringify({ ask, ...command })}\n`);
    const ended = this.#ended.then(() => Promise.reject(new Error(`Python has ended: ${this.#stderr}`)));
    return Promise.race([answered, ended]);
  }

  /** Ends the process, and waits for its end. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
    process.off("exit", this.#kill);
  }

  #kill = () => this.#child.kill("SIGKILL");

  #received(text: string): void {
    // The library prints lines of its own.
    if (!text.startsWith("{")) return;
    const line: Answer | Event | { readonly logged: string } = JSON.parse(text);
    if ("logged" in line) return void this.loggedErrors.push(line.logged);
    if ("w" in line) return this.#onEvent(line);
    this.#pending.get(line.re)?.(line);
    this.#pending.delete(line.re);
  }
}
