import { isatty } from "node:tty";
import type { Timing } from "@wormhole-ts/wormhole";
import type { Environment } from "./settings.ts";
import { Lines } from "./terminal/lines.ts";
import type { Output } from "./terminal/output.ts";
import { Questions } from "./terminal/questions.ts";
import { abortOnSignals } from "./terminal/signals.ts";

/** What a sub-command that transfers something needs of the world. */
export interface Context {
  readonly output: Output;
  readonly questions: Questions;
  readonly environment: Environment;
  /** Aborts when the program is told to stop. */
  readonly signal: AbortSignal;
  /** Records what happens when, if that is wanted. */
  readonly timing?: Timing | undefined;
}

/** The context of a real process. From now on signals do not end it at once. */
export function processContext(output: Output, timing?: Timing): Context {
  const lines = new Lines(() => process.stdin);
  return {
    output,
    questions: new Questions(lines, output, isatty(0)),
    environment: process.env,
    timing,
    signal: abortOnSignals(() => output.say("\nStopping: the other side is being told. Once more stops at once.")),
  };
}
