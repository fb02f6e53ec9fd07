/** The program `wormhole`. Importing this file runs it. */
import { CommanderError } from "commander";
import { type Context, processContext } from "./context.ts";
import type { TransferFlags } from "./flags.ts";
import { createProgram } from "./program.ts";
import { Output } from "./terminal/output.ts";

const USAGE = 2;

// A code or a text among the arguments is nothing for the other users of this computer, who can list processes.
process.title = "wormhole";

const output = new Output(process.stdout, process.stderr, process.env);
const program = createProgram(
  {
    send: async (path, flags) => {
      const context = await contextOf(flags);
      return (await timed(context, import("./commands/send.ts"))).send(path, flags, context);
    },
    receive: async (words, flags) => {
      const context = await contextOf(flags);
      return (await timed(context, import("./commands/receive.ts"))).receive(words, flags, context);
    },
    serve: async (flags) => (await import("./commands/serve.ts")).serve(flags, output),
    timing: async (files, flags) => (await import("./commands/timing.ts")).drawTiming(files, flags, output),
  },
  { out: (text) => void output.data(text), error: (text) => output.talk(text) },
);

async function contextOf({ dumpTiming }: TransferFlags): Promise<Context> {
  if (dumpTiming === undefined) return processContext(output);
  const dump = await import("./timing/dump.ts");
  return processContext(output, dump.dumpTiming(dumpTiming, output));
}

/** Loading the library is a part of the time that a person waits. */
async function timed<T>({ timing }: Context, loading: Promise<T>): Promise<T> {
  const end = timing?.begin("import");
  const loaded = await loading;
  end?.();
  return loaded;
}

/** Says what went wrong, and gives the exit code that goes with it. */
async function fail(error: unknown): Promise<number> {
  // Commander has said it already. It gives help and version, too, as "errors".
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  const { verdict } = await import("./explain.ts");
  const { exitCode, sentence } = verdict(error);
  if (sentence !== undefined) output.say(`${output.red("ERROR:")} ${sentence}`);
  return exitCode;
}

const exitCode = await program.parseAsync().then(() => 0, fail);
await output.data("");
process.exit(exitCode);
