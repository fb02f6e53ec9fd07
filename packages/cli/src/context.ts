/** The parts that the sub-commands `send` and `receive` share: output, questions, the signal to stop, the timing. */
import type { Platform, Timing } from "@wormhole-ts/wormhole";
import type { Environment, Host } from "./host.ts";
import { Lines } from "./terminal/lines.ts";
import type { Output } from "./terminal/output.ts";
import { Questions } from "./terminal/questions.ts";
import { abortOnSignals } from "./terminal/signals.ts";

/** Everything that a transfer uses besides its flags. */
export interface Context {
  readonly host: Pick<Host, "stdin" | "stderr" | "inputProblem" | "isStdoutClosed">;
  readonly output: Output;
  readonly questions: Questions;
  readonly environment: Environment;
  /** Aborts when a signal asks the program to stop. */
  readonly signal: AbortSignal;
  /** Records events and their times, for `--dump-timing`. */
  readonly timing?: Timing | undefined;
  /** Replaces parts of the library's platform, for tests. */
  readonly platform?: Partial<Platform> | undefined;
}

/** Makes the context of one transfer. From now on, the first signal stops the transfer, not the process. */
export function transferContext(host: Host, output: Output, timing?: Timing): Context {
  const lines = new Lines(
    () => host.stdin,
    () => host.interrupt?.(),
  );
  return {
    host,
    output,
    questions: new Questions(lines, output, host),
    environment: host.environment,
    timing,
    platform: host.platform,
    signal: abortOnSignals(host, () => output.say("\nStopping. Press Ctrl-C again to stop at once.")),
  };
}
