/** The program `wormhole`. Importing this file runs it. */
import { CommanderError } from "commander";
import { processContext } from "./context.ts";
import { Output } from "./output.ts";
import { createProgram } from "./program.ts";

const USAGE = 2;

// A code or a text among the arguments is nothing for the other users of this computer, who can list processes.
process.title = "wormhole";

const output = new Output(process.stdout, process.stderr, process.env);
const program = createProgram(
  {
    send: async (path, flags) => (await import("./send.ts")).send(path, flags, processContext(output)),
    receive: async (words, flags) => (await import("./receive.ts")).receive(words, flags, processContext(output)),
    serve: async (flags) => (await import("./serve.ts")).serve(flags, output),
  },
  { out: (text) => void output.data(text), error: (text) => output.talk(text) },
);

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
