/** The life of a server's process: it starts, prints its addresses, waits for a signal, and ends with an exit code. */
import { CommanderError } from "commander";
import { hangUpStops, survivesLostOutput } from "./standard-streams.ts";
import { StartError } from "./start-error.ts";

/** A server that has started. */
export interface RunningServer {
  /** Lines for standard output, such as `relay tcp:127.0.0.1:4001`: the server is ready. */
  readonly addresses: readonly string[];
  close(): Promise<void>;
}

const EXIT = { stopped: 0, failed: 1, usage: 2 } as const;

/**
 * Runs a server until SIGINT or SIGTERM, or until its terminal hangs up, and sets the exit code of the process: 0 after a
 * signal, 1 if the server cannot start, 2 after wrong usage. The same signal a second time ends the process at once.
 *
 * @param start parses the command line and starts the server
 * @param listenOption returns the option that chose a port, to name it if the port cannot be opened
 */
export async function runServer(
  start: () => Promise<RunningServer>,
  listenOption: (port: number) => string = () => "--listen",
): Promise<void> {
  survivesLostOutput();
  process.on("uncaughtException", endWithOneLine);
  const stop = firstSignal();
  try {
    const server = await start();
    process.stdout.write(server.addresses.map((address) => `${address}\n`).join(""));
    await stop;
    await server.close();
    process.exitCode = EXIT.stopped;
  } catch (error) {
    process.exitCode = explain(error, listenOption);
  }
}

/** Writes a line for the operator to standard error. */
export function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Writes a warning about an error that the server survives. */
export function warn(error: unknown): void {
  log(`Warning: ${error instanceof Error ? error.message : String(error)}`);
}

/** Resolves at the first signal that stops the server. The same signal again then has its usual effect. */
function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => resolve());
    if (hangUpStops()) process.once("SIGHUP", () => resolve());
    else process.on("SIGHUP", () => {});
  });
}

/** Node would print a part of the bundle beside the error. */
function endWithOneLine(error: unknown): void {
  log(`This is a bug in wormhole-ts. Please report it: ${String(error).replace(/[^ -~]/g, "?")}`);
  process.exit(EXIT.failed);
}

/** Writes why the program ends, and returns its exit code. Unexpected errors are written with their stack. */
function explain(error: unknown, listenOption: (port: number) => string): number {
  // Commander has written its message already. It reports help and version as errors of code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.stopped : EXIT.usage;
  if (error instanceof StartError) log([error.message, ...adviceFor(error.cause, listenOption)].join(" "));
  else log(error instanceof Error ? String(error.stack) : String(error));
  return EXIT.failed;
}

/** What helps against an error of the system that has refused to open a port. */
function adviceFor(cause: unknown, listenOption: (port: number) => string): string[] {
  if (!(cause instanceof Error && "code" in cause && "syscall" in cause && cause.syscall === "listen")) return [];
  const option = listenOption("port" in cause && typeof cause.port === "number" ? cause.port : 0);
  switch (cause.code) {
    case "EADDRINUSE":
    case "EACCES":
      return [`Choose another port with ${option}; port 0 is any free one.`];
    case "EADDRNOTAVAIL":
      return [`Choose an address of this computer with ${option}; 0.0.0.0 is every address.`];
    default:
      return [];
  }
}
