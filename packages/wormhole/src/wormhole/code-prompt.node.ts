import type { Interface } from "node:readline";
import type { CodeInput } from "../api.ts";
import { KeyFormatError } from "../errors.ts";
import { completeWords, isCodeWord, parseCode } from "../session/code-words.ts";

/** Where the question is asked, and what is made of the answer. */
export interface CodePromptOptions {
  stdin?: NodeJS.ReadableStream & { isTTY?: boolean };
  stdout?: NodeJS.WritableStream & { isTTY?: boolean };
  /**
   * Makes a code of what was typed or pasted. By default blanks around it are left out, blanks between words become
   * hyphens, and words that programs draw are made small.
   */
  read?: (text: string) => string;
  /** Takes the question back; the promise rejects with its reason. */
  signal?: AbortSignal;
}

/**
 * Asks a person for a code, and hands it to `input`. On a terminal Tab completes nameplates and words, and a code that
 * cannot be one is asked for again; elsewhere one line is read.
 *
 * The words come from the public list, so completing them claims nothing: a person may go back and mend the number.
 * @throws {KeyFormatError} if the input ends without a code, or is no code and nobody can be asked again
 */
export async function inputWithCompletion(
  prompt: string,
  input: CodeInput,
  options: CodePromptOptions = {},
): Promise<void> {
  const { stdin = process.stdin, stdout = process.stdout, read = tidy, signal } = options;
  const terminal = stdin.isTTY === true && stdout.isTTY === true;
  // Loaded here, because most transfers ask nobody.
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

/** Hands a whole code over; false if it is none. */
function choose(code: string, input: CodeInput, refused: (problem: KeyFormatError) => void): boolean {
  try {
    // Both halves are checked before one of them is chosen for good.
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
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    const ended = () => reject(new KeyFormatError("The input ended without a code."));
    lines.once("close", ended);
    // A terminal in raw mode gives Ctrl-C to us. It means what it always means: the program decides.
    lines.removeAllListeners("SIGINT");
    lines.on("SIGINT", () => {
      lines.removeListener("close", ended);
      lines.close();
      process.kill(process.pid, "SIGINT");
    });
    // Not `question`: it does not hear a last line without a newline.
    lines.once("line", (line) => {
      lines.removeListener("close", ended);
      signal?.removeEventListener("abort", abort);
      resolve(line);
    });
    lines.setPrompt(prompt);
    lines.prompt();
  });
}

/** What the part after the last hyphen may become. The typed part stays as it is: readline only appends. */
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

/** Only words that programs draw are made small: somebody who makes up a code may want capitals in it. */
function tidy(text: string): string {
  const parts = text.trim().split(/\s*-\s*|\s+/);
  return parts.map((part) => (isCodeWord(part.toLowerCase()) ? part.toLowerCase() : part)).join("-");
}
