/** What the program needs of a real process and of its terminal. */
import { openSync, readFileSync } from "node:fs";
import { isatty, WriteStream } from "node:tty";
import type { Host } from "../host.ts";

const STANDARD_STREAMS = [0, 1, 2];

/**
 * Whether a SIGHUP asks the program to stop. Node resets the signals that its caller ignores, so `nohup` cannot be seen
 * directly. Without a terminal nothing can hang up, and `nohup` takes the terminal away from the standard streams; where
 * it leaves standard input, shells name it in `$_`.
 */
export function hangUpStops(environment: Host["environment"]): boolean {
  return STANDARD_STREAMS.some((fd) => isatty(fd)) && !/(?:^|\/)nohup$/.test(environment._ ?? "");
}

/** Opens the terminal for writing, or returns nothing if the process has no terminal. */
export function openTerminal(): Host["stderr"] | undefined {
  const paths = process.platform === "win32" ? ["CONOUT$"] : ["/dev/tty", "/dev/fd/0"];
  for (const path of paths) {
    try {
      const terminal = new WriteStream(openSync(path, "w"));
      return terminal.on("error", () => {});
    } catch {
      // The next path may work.
    }
  }
  return undefined;
}

/** Whether the process is in the foreground of its terminal. Where the system does not tell, it is not. */
export function ownsTerminal(): boolean {
  try {
    // The name of the program, in parentheses, may contain blanks.
    const fields = readFileSync("/proc/self/stat", "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    const [, , group, , , foreground] = fields;
    return group !== undefined && group === foreground;
  } catch {
    return false;
  }
}

/** The one line that reports an error which nothing has caught. */
export function sentenceAbout(error: unknown): string {
  // The text may come from outside. `printable` is not loaded yet, if the program fails at its start.
  const text = String(error).replace(/[^ -~]/g, "?");
  return `ERROR: This is a bug in wormhole-ts. Please report it: ${text}\n`;
}
