/** Questions to the user, such as whether to accept a file. */
import type { Lines } from "./lines.ts";
import type { Output } from "./output.ts";

/** Asks on stderr, and takes the answers from lines of standard input. The transfer continues meanwhile. */
export class Questions {
  readonly #lines: Lines;
  readonly #output: Output;
  /** Whether a person types the answers. Otherwise they come from a pipe or a file. */
  readonly isInteractive: boolean;

  constructor(lines: Lines, output: Output, isInteractive: boolean) {
    this.#lines = lines;
    this.#output = output;
    this.isInteractive = isInteractive;
  }

  /** Returns the answer, or nothing if the input has ended or the signal aborts. */
  async ask(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    this.#output.talk(prompt);
    const answer = await this.#lines.next(signal);
    // A terminal echoes the newline that a person types; a pipe does not. The next message must begin on a new line.
    if (answer === undefined || !this.isInteractive) this.#output.talk("\n");
    return answer;
  }

  /** Returns the next line of the input without asking, or nothing if the input has ended or the signal aborts. */
  readLine(signal: AbortSignal): Promise<string | undefined> {
    return this.#lines.next(signal);
  }

  /** Asks for a yes or no. An answer that is empty or begins with `y` is a yes. */
  async agrees(prompt: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.ask(prompt, signal);
    if (answer === undefined) return this.#refuse(signal);
    return /^(y|$)/i.test(answer.trim());
  }

  /** Asks until the answer is `yes` or `no` in full, so that a slip of the finger confirms nothing. */
  async agreesFully(prompt: string, signal: AbortSignal): Promise<boolean> {
    const words: Readonly<Record<string, boolean>> = { yes: true, no: false };
    return (await this.choose(prompt, (answer) => words[answer.trim().toLowerCase()], signal)) ?? false;
  }

  /** Asks until `parse` understands the answer. Returns nothing if the input has ended or the signal aborts. */
  async choose<T>(
    prompt: string,
    parse: (answer: string) => T | undefined,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    for (;;) {
      const answer = await this.ask(prompt, signal);
      const parsed = answer === undefined ? undefined : parse(answer);
      if (parsed !== undefined) return parsed;
      if (answer === undefined) {
        this.#refuse(signal);
        return undefined;
      }
    }
  }

  #refuse(signal: AbortSignal): false {
    if (!signal.aborted) this.#output.say("The input ended without an answer. This counts as no.");
    return false;
  }
}
