/** Sending a file, a folder or a block device. */
import type { SendPathOptions, SendResult, Transfer } from "./api.ts";
import { sendSource } from "./send.ts";
import { openSource } from "./source.node.ts";

/**
 * Sends a file, a folder or a block device. `path` is a path, or a `file:` URL.
 *
 * The path is examined first. If it cannot be sent, `done` rejects with an {@link UnsendableFileError} before a code is
 * allocated; for a folder it names every member that cannot be sent. A file and a folder are held open from then on, so
 * that what was found is what is sent, even if it is renamed.
 *
 * @example
 * const transfer = sendPath("report.pdf", { relayUrl: "wss://mailbox.example.org/v1" });
 * for await (const event of transfer) {
 *   if (event.type === "code") console.log(`The code is ${event.code}`);
 *   if (event.type === "progress") console.log(`${event.bytes} of ${event.total} bytes`);
 * }
 */
export function sendPath(path: string | URL, options: SendPathOptions): Transfer<SendResult> {
  const { ignoreUnsendable, followLinks } = options;
  return sendSource(options, ({ signal, emit }) =>
    openSource(path, { ignoreUnsendable, followLinks, signal, report: emit }),
  );
}
