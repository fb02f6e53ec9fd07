import type { Lines } from "./lines.ts";
import type { Output } from "./output.ts";

/** Asks the person at the keyboard, or whatever feeds stdin; the rest of the program goes on meanwhile. */
export class Questions {
  readonly #lines: Lines;
  readonly #output: Output;
  /** Whether a person types the answers, and their newlines. */
  readonly isInteractive: boolean;

  constructor(lines: Lines, output: Output, isInteractive: boolean) {
    this.#lines = lines;
    this.#output = output;
    this.isInteractive = isInteractive;
  }

  /** The answer; nothing if the input has ended, or if the signal says that it is no longer of interest. */
  async ask(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    this.#output.talk(prompt);
    const answer = await this.#lines.next(signal);
    // What follows starts on a line of its own, as if a person had typed the newline.
    if (answer === undefined || !this.isInteractive) this.#output.talk("\n");
    return answer;
  }

  /** A line that nobody was asked for: from a pipe. */
  readLine(signal: AbortSignal): Promise<string | undefined> {
    return this.#lines.next(signal);
  }

  /** Nothing or anything that begins with y is a yes. */
  async agrees(prompt: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.ask(prompt, signal);
    if (answer === undefined) return this.#silence(signal);
    return /^(y|$)/i.test(answer.trim());
  }

  /** Asks until the answer is a whole yes or no: for what must not be confirmed by a slip of the finger. */
  async confirms(prompt: string, signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const answer = await this.ask(prompt, signal);
      if (answer === undefined) return this.#silence(signal);
      const word = answer.trim().toLowerCase();
      if (word === "yes" || word === "no") return word === "yes";
    }
  }

  #silence(signal: AbortSignal): false {
    if (!signal.aborted) this.#output.say("The input ended without an answer: that means no.");
    return false;
  }
}
