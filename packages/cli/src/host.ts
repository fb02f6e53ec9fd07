/** The part of the process that the program uses. `main.ts` passes in the real process, and tests one in memory. */
import type { Readable } from "node:stream";
import type { Platform } from "@wormhole-ts/wormhole";

/** Environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The part of `process.stdout` and `process.stderr` that is used. */
export interface Stream {
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The signals that ask the program to stop. */
export const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One of {@link STOP_SIGNALS}. */
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** The process around the program. */
export interface Host {
  /** Standard input. Read the property late: opening the stream takes milliseconds, and most transfers need none. */
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream & NodeJS.WritableStream;
  readonly environment: Environment;
  /** Whether a person types at standard input. */
  readonly isInteractive: boolean;
  /** Whether the program was started without a standard output. Absent in the real process, which is asked itself. */
  readonly isStdoutClosed?: () => boolean;
  /** Why standard input cannot be read, as a part of a sentence. Absent in the real process, which is asked itself. */
  readonly inputProblem?: () => string | undefined;
  /** The name of the process, as lists of processes show it. */
  title: string;
  /** Replaces parts of the library's platform, for tests. */
  readonly platform?: Partial<Platform>;
  /**
   * Calls the listener for every SIGINT, SIGTERM and SIGHUP. From then on they no longer end the process. A SIGHUP without
   * a terminal that could hang up is ignored.
   */
  onSignal(listener: (signal: StopSignal) => void): void;
  /** Calls the listener when the process ends, with its exit code. The listener returns the code to end with. */
  onExit(listener: (exitCode: number) => number): void;
  /** Calls the listener when the process goes on after it was stopped, as with Ctrl-Z. Returns the end of that. */
  onContinue?(listener: () => void): () => void;
  /** Opens the terminal for writing, whatever the standard streams are. Returns nothing if it has no terminal. */
  openTerminal?(): Host["stderr"] | undefined;
  /** Whether the process is in the foreground of its terminal, so that it may change the terminal's mode. */
  ownsTerminal?(): boolean;
  /** Sends the process the signal of Ctrl-C. */
  interrupt?(): void;
  /** Ends the process at once. */
  exit(exitCode: number): void;
}
