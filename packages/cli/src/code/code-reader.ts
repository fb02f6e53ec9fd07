/** Reads codes for a command, and asks the person before it uses a code that looks mistyped. */
import { KeyFormatError, printable } from "@wormhole-ts/wormhole";
import type { TransferOptions } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import type { TransferFlags } from "../flags.ts";
import { serverOfUri } from "../settings.ts";
import { yesOrNo } from "../terminal/answers.ts";
import { type ReadCode, readCode } from "./read-code.ts";

/** The options of the library that a code determines. */
export interface CodeSource {
  readonly code: string;
  /** The mailbox server that a URI names, if it is not the usual one. */
  readonly relayUrl?: string;
}

/** A code that was read, and the server of its URI. */
export interface CodeOfText extends ReadCode {
  readonly relayUrl?: string | undefined;
}

/** Asks a question, and resolves with the answer. */
type Ask = (question: string) => Promise<string>;

/** Reads the codes of one command. */
export class CodeReader {
  readonly #flags: TransferFlags;
  readonly #options: TransferOptions;
  readonly #context: Context;
  readonly #isOwn: boolean;
  /** The last code that the person was asked about at the prompt. */
  #doubted: string | undefined;

  /** @param isOwn whether the codes are usually made up here, so that a strange one spends no guess. Default: false */
  constructor(flags: TransferFlags, options: TransferOptions, context: Context, isOwn = false) {
    this.#isOwn = isOwn;
    this.#flags = flags;
    this.#options = options;
    this.#context = context;
  }

  /** Reads a text as a code, without asking. @throws {KeyFormatError} if it is an invalid URI or not one code */
  read(text: string): CodeOfText {
    if (this.#flags.exactCode === true) return { code: text, role: "follower", isCertain: true, proposals: [] };
    const found = readCode(text);
    return { ...found, relayUrl: serverOfUri(found, this.#flags, this.#options) };
  }

  /**
   * Returns the code of an argument, a file or a pipe. On a terminal, the person is asked about a doubtful one.
   * @throws {KeyFormatError} if it is doubtful and is not confirmed
   */
  async take(text: string, found = this.read(text)): Promise<CodeSource> {
    const { relayUrl } = found;
    if (relayUrl !== undefined) {
      this.#context.output.say(`This code uses another mailbox server: ${printable(relayUrl)}`);
    }
    const code = await this.#confirmed(found);
    this.#showChange(text, code);
    return relayUrl === undefined ? { code } : { code, relayUrl };
  }

  /**
   * Returns the code that was typed at the prompt. A doubtful code that is typed a second time is used as it is.
   * @throws {KeyFormatError} if the person is to type it again
   */
  async takeTyped(text: string, found: CodeOfText, ask: Ask): Promise<string> {
    const code = await this.#confirmedTwice(found, ask);
    this.#showChange(text, code);
    return code;
  }

  async #confirmed(found: ReadCode): Promise<string> {
    if (found.isCertain) return found.code;
    const { questions, signal } = this.#context;
    const [proposal, ...others] = found.proposals;
    if (!questions.isInteractive && proposal === undefined && this.#isOwn) return found.code;
    if (!questions.isInteractive || others.length > 0) throw new KeyFormatError(`${doubt(found)} ${OVERRIDE}`);
    const agrees = await questions.agrees(question(found), signal, proposal !== undefined);
    signal.throwIfAborted();
    if (agrees) return proposal ?? found.code;
    throw new KeyFormatError(`The code was not used. ${OVERRIDE}`);
  }

  async #confirmedTwice(found: ReadCode, ask: Ask): Promise<string> {
    if (found.isCertain || found.code === this.#doubted) return found.code;
    this.#doubted = found.code;
    const [proposal, ...others] = found.proposals;
    const { output } = this.#context;
    if (others.length > 0) throw new KeyFormatError(output.wrapped(`${doubt(found)} ${AGAIN}`));
    for (;;) {
      const agrees = yesOrNo(await ask(output.wrapped(question(found))), proposal !== undefined);
      if (agrees === true) return proposal ?? found.code;
      if (agrees === false) throw new KeyFormatError(AGAIN);
    }
  }

  #showChange(text: string, code: string): void {
    if (code !== text.trim()) this.#context.output.say(`Using the code ${printable(code)}`);
  }
}

const OVERRIDE = "Give the right code, or add --exact-code to use this one as it is.";
const AGAIN = "Type the right code. If the last one was right, type it once more.";

/** Why the code is not used yet. */
function doubt({ code, proposals }: ReadCode): string {
  if (proposals.length === 0) return `The code ${printable(code)} looks mistyped: programs do not choose such words.`;
  return `The code ${printable(code)} looks mistyped. Did you mean ${proposals.map((one) => printable(one)).join(" or ")}?`;
}

function question(found: ReadCode): string {
  return found.proposals.length === 0 ? `${doubt(found)} Use it? (y/N): ` : `${doubt(found)} (Y/n): `;
}
