/** Sending a file that does not lie on a disk: a blob, bytes in memory, or a stream. */
import type { FileSource, SendFileOptions, SendResult, Transfer } from "./api.ts";
import { checkSendFile } from "./options.ts";
import { sendSource } from "./send.ts";
import { checkedFile, streamSource } from "./stream-source.ts";

/**
 * Sends a Blob, a File, bytes in memory, or whatever a {@link FileSource} gives. It is offered as a file. Bytes in memory
 * are copied at the call.
 *
 * If its stream fails, or gives more or fewer bytes than announced, the transfer fails on both sides with the
 * code `source-changed`, and the receiver keeps nothing.
 *
 * @throws {TypeError} if the source or its name is of another type or a path, or if an option is missing or misspelt
 * @throws {RangeError} if the size is impossible
 *
 * @example
 * const transfer = sendFile(new Blob(["hello"]), { name: "hello.txt", relayUrl: "wss://mailbox.example.org/v1" });
 * console.log(`The code is ${await transfer.code}`);
 * await transfer.done;
 */
export function sendFile(source: Blob | Uint8Array | FileSource, options: SendFileOptions): Transfer<SendResult> {
  checkSendFile(options);
  const file = checkedFile(source, options.name);
  return sendSource(options, async ({ signal }) => streamSource(file, signal));
}
