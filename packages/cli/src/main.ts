/** The program `wormhole` in a real process. Importing this file runs it. */
import { isatty } from "node:tty";
import { type Host, STOP_SIGNALS } from "./host.ts";
import { run } from "./run.ts";
import { hangUpStops, openTerminal, ownsTerminal, sentenceAbout } from "./terminal/process-host.ts";

const stopsAtHangUp = hangUpStops(process.env);

const host: Host = {
  get stdin() {
    // An error between two reads, such as that of a closed terminal, concerns the next read only.
    if (process.stdin.listenerCount("error") === 0) process.stdin.on("error", () => {});
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  environment: process.env,
  // `process.stdin.isTTY` would open the stream.
  isInteractive: isatty(0),
  set title(title: string) {
    process.title = title;
  },
  onSignal(listener) {
    for (const signal of STOP_SIGNALS) {
      if (signal !== "SIGHUP" || stopsAtHangUp) process.on(signal, listener);
    }
  },
  onExit(listener) {
    process.once("exit", (exitCode) => {
      process.exitCode = listener(exitCode);
    });
  },
  onContinue(listener) {
    process.on("SIGCONT", listener);
    return () => process.off("SIGCONT", listener);
  },
  openTerminal,
  ownsTerminal,
  interrupt: () => process.kill(process.pid, "SIGINT"),
  exit: (exitCode) => process.exit(exitCode),
};

// Node would open its inspector, through which another program of this user reads codes and texts. With a listener it does
// not, and the signal does nothing.
process.on("SIGUSR1", () => {});
// Node would print a part of the bundle beside the error.
process.on("uncaughtException", (error: unknown) => {
  process.stderr.write(sentenceAbout(error));
  process.exit(1);
});
// Without a listener, the signal would end the process.
if (!stopsAtHangUp) process.on("SIGHUP", () => {});
// Hides the arguments, among them codes and texts, from other users who list processes.
host.title = "wormhole";
process.exit(await run(process.argv.slice(2), host));
