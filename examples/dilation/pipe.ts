/**
 * A pipe between two computers: the input of one program is the output of the other. Run it with Node 24 or newer:
 *
 *     npm run build
 *     npx wormhole serve                                                  # in one terminal
 *     tar c photos | node examples/dilation/pipe.ts                       # in a second one: it prints the code
 *     node examples/dilation/pipe.ts 7-guitarist-revenge > photos.tar     # in a third one
 *
 * The streams of Node and those of a wormhole can be combined. The slower end sets the pace, so that at most a few
 * megabytes are in memory.
 *
 * An end does not prove success: if `tar` is killed, the pipe ends as if it were complete. If a program must
 * know, it sends the length first, as drop-folder.ts does.
 */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as WebReadable } from "node:stream/web";
import { meet } from "./meet.ts";

const code = process.argv[2];
const { wormhole, dilated } = await meet("pipe", code);
await (code === undefined ? send() : receive());
await wormhole.close();

/** Pipes a stream of Node into a subchannel. Resolves when the other side's program has everything. */
async function send(): Promise<void> {
  const { writable } = await dilated.connector("pipe").connect();
  await Readable.toWeb(process.stdin).pipeTo(writable);
}

/** Pipes a subchannel into a stream of Node. */
async function receive(): Promise<void> {
  for await (const { readable } of dilated.listener("pipe").listen()) {
    await pipeline(Readable.fromWeb(readable as WebReadable), process.stdout);
    return;
  }
}
