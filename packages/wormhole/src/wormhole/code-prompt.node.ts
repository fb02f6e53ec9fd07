/** Reads a code from a person: with completions on a terminal, or as one line from a pipe. */
import type { CodeInput } from "../api.ts";
import { guarded } from "../base/guarded.ts";
import { aFunction, aSignal, aStream, type Checks, checkOptions } from "../base/options.ts";
import { KeyFormatError } from "../errors.ts";
import { completeWords, isCodeWord, parseCode } from "../session/code-words.ts";
import { openPrompt, type Prompt } from "./prompt-lines.node.ts";

/** Most completions that Tab lists: more of them would push the prompt off the screen. */
const MOST_LISTED = 24;

/** The options of {@link inputWithCompletion}. */
export interface CodePromptOptions {
  /** Default: `process.stdin`. */
  stdin?: (NodeJS.ReadableStream & { isTTY?: boolean }) | undefined;
  /** Default: `process.stdout`. */
  stdout?: (NodeJS.WritableStream & { isTTY?: boolean }) | undefined;
  /**
   * Makes a code from the text that was typed or pasted. Default: blanks around it are removed, blanks between words
   * become hyphens, and words of the public list become lower case.
   *
   * It may ask the person a question of its own. If it throws a {@link KeyFormatError} on a terminal, the message is
   * shown and the code is asked for again.
   */
  read?: ((text: string, ask: (question: string) => Promise<string>) => string | Promise<string>) | undefined;
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
  const prompter = await openPrompt({ stdin, stdout, signal, completer: (line) => complete(line, input) });
  try {
    let isChosen = false;
    while (!isChosen) isChosen = await choose(prompter, prompt, read, input);
  } finally {
    prompter.close();
  }
}

/** Asks for a code and gives it to `input`. Returns false if it is invalid and there is a terminal to ask again. */
async function choose(
  prompter: Prompt,
  prompt: string,
  read: NonNullable<CodePromptOptions["read"]>,
  input: CodeInput,
): Promise<boolean> {
  const text = await prompter.ask(prompt, true);
  try {
    // Both halves are checked first, because a nameplate cannot be changed once it is chosen.
    const { nameplate, words } = parseCode(await read(text, (question) => prompter.ask(question)));
    input.chooseNameplate(nameplate);
    input.chooseWords(words);
    return true;
  } catch (error) {
    if (!(error instanceof KeyFormatError) || !prompter.isOpen) throw error;
    prompter.say(error.message);
    return false;
  }
}

/** The completions of the part after the last hyphen. The typed part stays as it is, because readline only appends. */
function complete(line: string, input: CodeInput): [candidates: string[], part: string] {
  const hyphen = line.indexOf("-");
  if (hyphen < 0) {
    input.refreshNameplates();
    return [listed([...input.getNameplateCompletions(line)].sort(compareNumbers), line), line];
  }
  const words = line.slice(hyphen + 1);
  const part = words.slice(words.lastIndexOf("-") + 1);
  const before = words.length - part.length;
  const candidates = [...completeWords(words.toLowerCase())].sort();
  return [
    listed(
      candidates.map((candidate) => part + candidate.slice(before + part.length)),
      part,
    ),
    part,
  ];
}

/** The candidates that Tab adds or lists: none if the line is complete, and none if they are too many to read. */
function listed(candidates: string[], part: string): string[] {
  const isComplete = candidates.length === 1 && candidates[0] === part;
  return isComplete || candidates.length > MOST_LISTED ? [] : candidates;
}

const compareNumbers = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);

/** The default `read`. Words that are not in the list keep their case, because a made-up code may have capitals. */
function tidy(text: string): string {
  const parts = text.trim().split(/\s*-\s*|\s+/);
  return parts.map((part) => (isCodeWord(part.toLowerCase()) ? part.toLowerCase() : part)).join("-");
}
