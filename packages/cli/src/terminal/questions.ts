/**
 * Questions to the user, such as whether to accept a file. They are asked where a person can see them: on stderr, or on
 * the terminal if stderr is redirected. What was typed before a question answers nothing.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Host } from "../host.ts";
import { UsageError } from "../usage-error.ts";
import { fullYesOrNo, yesOrNo } from "./answers.ts";
import type { Lines } from "./lines.ts";
import type { Output } from "./output.ts";
import { wrap } from "./wrap.ts";

/** Answers from a pipe that are not understood, after which the answer is no. A person is asked without end. */
const MOST_ANSWERS = 3;

/**
 * Time in which the hang-up of a closed terminal becomes known. Its input ends at the same moment, as if a person had typed
 * Ctrl-D, but a hang-up is no answer.
 */
const HANG_UP_MS = 500;

/** The marks of some terminals around a paste. */
const PASTE_MARKS = /\u001b\[20[01]~/g;

/** The surroundings of the questions. */
export type Asker = Pick<Host, "isInteractive" | "stderr"> &
  Partial<Pick<Host, "openTerminal" | "onContinue" | "ownsTerminal">>;

/** Asks on stderr or on the terminal, and takes the answers from lines of standard input. The transfer continues meanwhile. */
export class Questions {
  readonly #lines: Lines;
  readonly #output: Output;
  readonly #asker: Asker;
  /** The terminal, if stderr is redirected. It is opened at the first question. */
  #terminal: Asker["stderr"] | undefined;
  #hasAsked = false;
  #isUnanswered = false;

  constructor(lines: Lines, output: Output, asker: Asker) {
    this.#lines = lines;
    this.#output = output;
    this.#asker = asker;
  }

  /** Whether a person types the answers. Otherwise they come from a pipe or a file. */
  get isInteractive(): boolean {
    return this.#asker.isInteractive;
  }

  /** Whether the last question for a yes or no had no valid answer. */
  get isUnanswered(): boolean {
    return this.#isUnanswered;
  }

  /**
   * The stream on which a person sees a question.
   * @throws {UsageError} if stderr is redirected and the terminal cannot be opened
   */
  get screen(): Asker["stderr"] {
    const { stderr, openTerminal } = this.#asker;
    if (!this.isInteractive || stderr.isTTY === true || openTerminal === undefined) return stderr;
    this.#terminal ??= openTerminal();
    if (this.#terminal !== undefined) return this.#terminal;
    throw new UsageError("A question cannot be shown, because standard error is redirected and there is no terminal.");
  }

  /** Says what a person has to know for the next question: on stderr, and where the question will be. */
  tell(text: string): void {
    this.#output.say(text);
    if (this.isInteractive && this.screen !== this.#asker.stderr) this.#show(`${text}\n`);
  }

  /** Returns the answer, or nothing if the input has ended or the signal aborts. */
  async ask(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    await this.discard();
    this.#show(prompt);
    const stop = this.#asker.onContinue?.(() => this.#show(prompt));
    const answer = await this.#lines.next(signal);
    stop?.();
    // A terminal echoes the newline that a person types; a pipe does not. The next message must begin on a new line.
    if (answer === undefined || !this.isInteractive) this.#show("\n");
    return answer;
  }

  /** Asks for a text, which has several lines if it is pasted. Returns nothing if there is no answer. */
  async askForText(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    const first = await this.ask(prompt, signal);
    if (first === undefined || !this.isInteractive) return first;
    const more = await this.#lines.typedAhead();
    // The last line of the paste is not ended on the screen.
    if (!/(?:^|\n)$/.test(more)) this.#show("\n");
    const text = more === "" ? first : `${first}\n${more.replace(/\n$/, "")}`;
    return text.replace(PASTE_MARKS, "");
  }

  /** Returns the next line of the input without asking, or nothing if the input has ended or the signal aborts. */
  readLine(signal: AbortSignal): Promise<string | undefined> {
    return this.#lines.next(signal);
  }

  /**
   * Asks until the answer has a meaning. Returns nothing if there is no such answer: the input has ended, the signal
   * aborts, or a pipe holds too many others.
   * @param parse returns the meaning of an answer, or nothing
   * @param hint shown if an answer has no meaning
   */
  async choose<T>(
    prompt: string,
    parse: (answer: string) => T | undefined,
    hint: string,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    for (let answers = 0; this.isInteractive || answers < MOST_ANSWERS; answers++) {
      const answer = await this.ask(prompt, signal);
      if (answer === undefined) break;
      const meaning = parse(answer);
      if (meaning !== undefined) return meaning;
      this.tell(hint);
    }
    if (this.isInteractive && !signal.aborted) await delay(HANG_UP_MS, undefined, { signal }).catch(() => {});
    return undefined;
  }

  /** Asks for a yes or no. @param whenEmpty the meaning of Enter alone */
  agrees(prompt: string, signal: AbortSignal, whenEmpty = true): Promise<boolean> {
    const parse = (answer: string) => yesOrNo(answer, whenEmpty);
    return this.#decide(this.choose(prompt, parse, "Answer y for yes, or n for no.", signal), signal);
  }

  /** Asks for a yes or no, of which the yes must be the whole word, so that a slip of the finger confirms nothing. */
  agreesFully(prompt: string, signal: AbortSignal): Promise<boolean> {
    const hint = "Answer with the whole word yes, or with no.";
    return this.#decide(this.choose(prompt, fullYesOrNo, hint, signal), signal);
  }

  /** Forgets what has been typed so far, also the beginning of a line. From a pipe, nothing is forgotten. */
  async discard(): Promise<void> {
    if (!this.isInteractive) return;
    this.#hasAsked = true;
    await this.#lines.typedAhead();
  }

  /** Forgets what was typed behind the last answer, so that it does not reach the shell. Call it at the end. */
  async finish(): Promise<void> {
    // In the background, touching the terminal would stop the process.
    if (this.#hasAsked && this.#asker.ownsTerminal?.() === true) await this.#lines.typedAhead();
  }

  async #decide(choice: Promise<boolean | undefined>, signal: AbortSignal): Promise<boolean> {
    const answer = await choice;
    this.#isUnanswered = answer === undefined;
    if (answer === undefined && !signal.aborted) this.#output.say("There is no valid answer. This counts as no.");
    return answer === true;
  }

  #show(text: string): void {
    const { screen } = this;
    if (screen === this.#asker.stderr) return this.#output.talk(this.#output.wrapped(text));
    screen.write(wrap(text, (screen as { columns?: number }).columns ?? this.#output.columns));
  }
}
