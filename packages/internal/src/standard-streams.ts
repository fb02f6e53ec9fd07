/** Standard streams that cannot be written to, or that no terminal can hang up any more. */
import { isatty } from "node:tty";

/**
 * Makes it harmless that standard output or standard error cannot be written to: its reader has closed it, its terminal
 * is gone, its disk is full. By default Node ends the process with a stack. If standard output loses data for another
 * reason than a closed pipe, the exit code is 1.
 */
export function survivesLostOutput(): void {
  process.stderr.on("error", () => {});
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") process.exitCode = 1;
  });
}

/**
 * Whether a SIGHUP asks the process to stop. Node resets the signals that its caller ignores, so `nohup` cannot be seen
 * directly. Without a terminal nothing can hang up, and `nohup` takes the terminal away from the standard streams; where
 * it leaves standard input, shells name it in `$_`. The program `wormhole` has the same rule.
 */
export function hangUpStops(): boolean {
  return [0, 1, 2].some((fd) => isatty(fd)) && !/(?:^|\/)nohup$/.test(process.env._ ?? "");
}
