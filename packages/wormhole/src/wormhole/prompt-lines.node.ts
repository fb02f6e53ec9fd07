/** Lines that a person edits at a prompt, or lines of a pipe. On a terminal, the prompt survives Ctrl-Z and `fg`. */
import type { Interface } from "node:readline";
import { unlessAborted } from "../base/abort.ts";
import { KeyFormatError } from "../errors.ts";

/** The input of a prompt: `process.stdin`, or a stream like it. */
export type PromptInput = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (isRaw: boolean) => unknown };
/** The output of a prompt: `process.stdout`, or a stream like it. */
export type PromptOutput = NodeJS.WritableStream & { isTTY?: boolean };

/** The possible endings of the line before the cursor, and the part of the line that they replace. */
export type Completer = (line: string) => [candidates: string[], part: string];

/** The options of {@link openPrompt}. */
export interface PromptOptions {
  readonly stdin: PromptInput;
  readonly stdout: PromptOutput;
  /** Ends every question. Its promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly completer: Completer;
}

/** Opens a prompt. Close it after the last question, so that others can read the input. */
export async function openPrompt(options: PromptOptions): Promise<Prompt> {
  // Loaded here, because most transfers need no prompt.
  const { createInterface } = await import("node:readline");
  return new Prompt(options, createInterface);
}

/** Asks one question after the other. */
export class Prompt {
  /** Whether a person sees the prompt and edits the line. */
  readonly isTerminal: boolean;
  readonly #options: PromptOptions;
  readonly #lines: Interface;
  #completes = false;
  #ended = false;

  constructor(options: PromptOptions, createInterface: typeof import("node:readline").createInterface) {
    const { stdin, stdout, completer } = options;
    this.#options = options;
    this.isTerminal = stdin.isTTY === true && stdout.isTTY === true;
    this.#lines = createInterface({
      input: stdin,
      output: stdout,
      terminal: this.isTerminal,
      historySize: 0,
      completer: (line: string) => (this.#completes ? completer(line) : [[], line]),
    });
    this.#lines.once("close", () => {
      this.#ended = true;
    });
    // A terminal in raw mode delivers Ctrl-C and Ctrl-Z as input. They are passed on, so that the program decides.
    this.#lines.on("SIGINT", () => this.#interrupt());
    this.#lines.on("SIGTSTP", () => this.#suspend());
    // A terminal that is gone is the end of the input. Some versions of Node pass its error on, and others do not.
    this.#lines.on("error", this.#end);
    stdin.on("error", this.#end);
    process.on("SIGCONT", this.#redraw);
  }

  /**
   * Returns the next line without its newline.
   * @param completes whether Tab completes the line
   * @throws {KeyFormatError} if the input ends without a line
   */
  ask(question: string, completes = false): Promise<string> {
    this.#completes = completes;
    const line = new Promise<string>((resolve, reject) => {
      const ended = () => reject(new KeyFormatError("The input ended without a code."));
      if (this.#ended) return ended();
      this.#lines.once("close", ended);
      // `question` of the module would ignore a last line without a newline.
      this.#lines.once("line", (text) => {
        this.#lines.off("close", ended);
        resolve(text);
      });
      this.#lines.setPrompt(question);
      this.#lines.prompt();
    });
    return unlessAborted(line, this.#options.signal);
  }

  /** Whether a person can be asked again: there is a terminal, and its input has not ended. */
  get isOpen(): boolean {
    return this.isTerminal && !this.#ended;
  }

  /** Shows a sentence between two questions. */
  say(sentence: string): void {
    this.#options.stdout.write(`${sentence}\n`);
  }

  /** Gives the input back. */
  close(): void {
    process.off("SIGCONT", this.#redraw);
    this.#options.stdin.off("error", this.#end);
    this.#lines.close();
  }

  readonly #end = (): void => this.#lines.close();

  /** Ctrl-C: the question stays open, because the signal of the options withdraws it. */
  #interrupt(): void {
    this.#lines.pause();
    this.#options.stdin.setRawMode?.(false);
    process.kill(process.pid, "SIGINT");
  }

  #suspend(): void {
    this.#options.stdin.setRawMode?.(false);
    process.kill(process.pid, "SIGTSTP");
  }

  /** After `fg`: the shell has changed the mode of the terminal, and the prompt has scrolled away. */
  readonly #redraw = (): void => {
    if (!this.isTerminal || this.#ended) return;
    this.#options.stdin.setRawMode?.(false);
    this.#options.stdin.setRawMode?.(true);
    this.#lines.prompt(true);
  };
}
