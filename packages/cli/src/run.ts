/** Runs one command line, from its arguments to the exit code. The modules of a sub-command are loaded on demand. */
import { CommanderError } from "commander";
import { type Context, transferContext } from "./context.ts";
import type { TransferFlags } from "./flags.ts";
import type { Host } from "./host.ts";
import { createProgram } from "./program.ts";
import { Output } from "./terminal/output.ts";

/** Exit code of a command line that is invalid. */
const USAGE = 2;

/**
 * Runs the program. Resolves with its exit code when all data is written. Never rejects: errors are shown on stderr.
 * @param args the arguments after the program's name
 */
export async function run(args: readonly string[], host: Host): Promise<number> {
  const output = new Output(host.stdout, host.stderr, host.environment);
  const exitCode = await programFor(host, output)
    .parseAsync(args, { from: "user" })
    .then(
      () => 0,
      (error: unknown) => report(error, output),
    );
  await output.data("").catch(() => {});
  return exitCode === 0 && output.lostData !== undefined ? report(output.lostData, output) : exitCode;
}

function programFor(host: Host, output: Output) {
  const contextOf = async ({ dumpTiming }: TransferFlags): Promise<Context> => {
    if (dumpTiming === undefined) return transferContext(host, output);
    const dump = await import("./timing/dump.ts");
    return transferContext(host, output, dump.dumpTiming(dumpTiming, host, output));
  };
  return createProgram(
    {
      send: async (path, flags) => {
        const context = await contextOf(flags);
        const { send } = await timed(context, import("./commands/send.ts"));
        await finishing(context, send(path, flags, context));
      },
      receive: async (words, flags) => {
        const context = await contextOf(flags);
        const { receive } = await timed(context, import("./commands/receive.ts"));
        await finishing(context, receive(words, flags, context));
      },
      serve: async (flags) => (await import("./commands/serve.ts")).serve(flags, host, output),
      timing: async (files, flags) => (await import("./commands/timing.ts")).drawTiming(files, flags, host, output),
    },
    { out: (text) => void output.data(text).catch(() => {}), error: (text) => output.talk(text) },
  );
}

/** Waits for a transfer, and then clears the terminal's input. */
async function finishing({ questions }: Context, transfer: Promise<void>): Promise<void> {
  try {
    await transfer;
  } finally {
    await questions.finish();
  }
}

/** Records how long loading takes: it is a part of the time that a person waits. */
async function timed<T>({ timing }: Context, loading: Promise<T>): Promise<T> {
  const end = timing?.begin("import");
  const loaded = await loading;
  end?.();
  return loaded;
}

/** Reports what went wrong, and returns the exit code that goes with it. */
async function report(error: unknown, output: Output): Promise<number> {
  // Commander has reported it already. Its "errors" include help and version, which end with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const { failureOf } = await import("./failure.ts");
  const { exitCode, message, isCalm } = failureOf(error);
  if (message !== undefined) output.say(isCalm === true ? message : `${output.red("ERROR:")} ${message}`);
  return exitCode;
}
