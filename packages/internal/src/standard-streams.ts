/** Standard streams whose reader has closed them, as in `wormhole-mailbox-server --help | head -1`. */

/**
 * Makes writing to a closed standard output or standard error harmless. By default Node ends the process with a stack.
 */
export function ignoreClosedStreams(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", ignoreClosed);
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
}
