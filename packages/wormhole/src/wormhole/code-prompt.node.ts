/** Reads a code from a person: with completions on a terminal, or as one line from a pipe. */
import type { Interface } from "node:readline";
import type { CodeInput } from "../api.ts";
import { onAbort } from "../base/abort.ts";
import { guarded } from "../base/guarded.ts";
import { aFunction, aSignal, aStream, type Checks, checkOptions } from "../base/options.ts";
import { KeyFormatError } from "../errors.ts";
import { completeWords, isCodeWord, parseCode } from "../session/code-words.ts";

/** The options of {@link inputWithCompletion}. */
export interface CodePromptOptions {
  /** Default: `process.stdin`. */
  stdin?: (NodeJS.ReadableStream & { isTTY?: boolean }) | undefined;
  /** Default: `process.stdout`. */
  stdout?: (NodeJS.WritableStream & { isTTY?: boolean }) | undefined;
  /**
   * Makes a code from the text that was typed or pasted. Default: blanks around it are removed, blanks between words
   * become hyphens, and words of the public list become lower case.
   */
  read?: ((text: string) => string) | undefined;
  /** Ends the question. The promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Asks a person for a code and gives it to `input`. On a terminal, Tab completes nameplates and words, and the
 * question is repeated after an invalid code. Otherwise one line is read.
 *
 * Words are completed from the public list without claiming anything, so a person may go back and correct the number.
 * @throws {KeyFormatError} if the input ends without a code, or if the code is invalid and there is no terminal
 *
 * @example
 * const wormhole = createWormhole({ appId, relayUrl });
 * await inputWithCompletion("Code: ", wormhole.inputCode());
 * console.log(`The code is ${await wormhole.getCode()}`);
 */
export function inputWithCompletion(prompt: string, input: CodeInput, options: CodePromptOptions = {}): Promise<void> {
  return guarded(askForCode(prompt, input, options));
}

const PROMPT: Checks<CodePromptOptions> = { stdin: aStream, stdout: aStream, read: aFunction, signal: aSignal };

async function askForCode(prompt: string, input: CodeInput, options: CodePromptOptions): Promise<void> {
  checkOptions("inputWithCompletion", options, PROMPT);
  const { stdin = process.stdin, stdout = process.stdout, read = tidy, signal } = options;
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  // Loaded here, because most transfers need no prompt.
  const { createInterface } = await import("node:readline");
  const lines = createInterface({
    input: stdin,
    output: stdout,
    terminal,
    historySize: 0,
    completer: (line: string) => complete(line, input),
  });
  try {
    while (!choose(read(await ask(lines, prompt, signal)), input, (problem) => retry(problem, terminal, stdout)));
  } finally {
    lines.close();
  }
}

/** Gives a whole code to `input`; returns false if it is invalid. */
function choose(code: string, input: CodeInput, refused: (problem: KeyFormatError) => void): boolean {
  try {
    // Both halves are checked first, because a nameplate cannot be changed once it is chosen.
    const { nameplate, words } = parseCode(code);
    input.chooseNameplate(nameplate);
    input.chooseWords(words);
    return true;
  } catch (error) {
    if (!(error instanceof KeyFormatError)) throw error;
    refused(error);
    return false;
  }
}

function retry(problem: KeyFormatError, terminal: boolean, stdout: NodeJS.WritableStream): void {
  if (!terminal) throw problem;
  stdout.write(`${problem.message}\n`);
}

function ask(lines: Interface, prompt: string, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const ignoreSignal = onAbort(signal, reject);
    const ended = () => reject(new KeyFormatError("The input ended without a code."));
    lines.once("close", ended);
    // A terminal in raw mode delivers Ctrl-C as input. It is passed on as SIGINT, so that the program decides.
    lines.removeAllListeners("SIGINT");
    lines.on("SIGINT", () => {
      lines.removeListener("close", ended);
      lines.close();
      process.kill(process.pid, "SIGINT");
    });
    // `question` would ignore a last line without a newline.
    lines.once("line", (line) => {
      lines.removeListener("close", ended);
      ignoreSignal();
      resolve(line);
    });
    lines.setPrompt(prompt);
    lines.prompt();
  });
}

/** The completions of the part after the last hyphen. The typed part stays as it is, because readline only appends. */
function complete(line: string, input: CodeInput): [candidates: string[], part: string] {
  const hyphen = line.indexOf("-");
  if (hyphen < 0) {
    input.refreshNameplates();
    return [[...input.getNameplateCompletions(line)].sort(compareNumbers), line];
  }
  const words = line.slice(hyphen + 1);
  const part = words.slice(words.lastIndexOf("-") + 1);
  const before = words.length - part.length;
  const candidates = [...completeWords(words.toLowerCase())].sort();
  return [candidates.map((candidate) => part + candidate.slice(before + part.length)), part];
}

const compareNumbers = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);

/** The default `read`. Words that are not in the list keep their case, because a made-up code may have capitals. */
function tidy(text: string): string {
  const parts = text.trim().split(/\s*-\s*|\s+/);
  return parts.map((part) => (isCodeWord(part.toLowerCase()) ? part.toLowerCase() : part)).join("-");
}
