/** The program `wormhole` in a real process. Importing this file runs it. */
import { isatty } from "node:tty";
import { type Host, STOP_SIGNALS } from "./host.ts";
import { run } from "./run.ts";
import { inputProblem, wasClosed } from "./terminal/closed-stream.ts";

const host: Host = {
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  // `process.stdin.isTTY` would open the stream.
  isInteractive: isatty(0),
  inputProblem,
  isStdoutClosed: () => wasClosed(1),
  set title(title: string) {
    process.title = title;
  },
  onSignal(listener) {
    for (const signal of STOP_SIGNALS) process.on(signal, listener);
  },
  onExit(listener) {
    process.once("exit", (exitCode) => {
      process.exitCode = listener(exitCode);
    });
  },
  exit: (exitCode) => process.exit(exitCode),
};

// Node would open its inspector, through which another program of this user reads codes and texts. With a listener it does
// not, and the signal does nothing.
process.on("SIGUSR1", () => {});
// Hides the arguments, among them codes and texts, from other users who list processes.
host.title = "wormhole";
process.exit(await run(process.argv.slice(2), host));
