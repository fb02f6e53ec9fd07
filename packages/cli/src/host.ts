/** The part of the process that the program uses. `main.ts` passes in the real process, and tests one in memory. */
import type { Readable } from "node:stream";
import type { Platform } from "@wormhole-ts/wormhole";
import type { Environment } from "./settings.ts";
import type { Stream } from "./terminal/output.ts";
import type { StopSignal } from "./terminal/signals.ts";

/** The process around the program. */
export interface Host {
  /** Standard input. Read the property late: opening the stream takes milliseconds, and most transfers need none. */
  readonly stdin: Readable & { isTTY?: boolean };
  readonly stdout: Stream;
  readonly stderr: Stream & NodeJS.WritableStream;
  readonly environment: Environment;
  /** Whether a person types at standard input. */
  readonly isInteractive: boolean;
  /** The name of the process, as lists of processes show it. */
  title: string;
  /** Replaces parts of the library's platform, for tests. */
  readonly platform?: Partial<Platform>;
  /** Calls the listener for every SIGINT, SIGTERM and SIGHUP. From then on they no longer end the process. */
  onSignal(listener: (signal: StopSignal) => void): void;
  /** Calls the listener when the process ends, with its exit code. The listener returns the code to end with. */
  onExit(listener: (exitCode: number) => number): void;
  /** Ends the process at once. */
  exit(exitCode: number): void;
}
