/**
 * Two people talk, a line at a time, over the control channel of a dilated wormhole. Run it with Node 24 or newer:
 *
 *     npm run build
 *     npx wormhole serve                                   # in one terminal
 *     node examples/dilation/chat.ts                       # in a second one: it prints the code
 *     node examples/dilation/chat.ts 7-guitarist-revenge   # in a third one
 *
 * Ctrl-D ends your part; the chat is over when both parts have ended. Let the computer sleep, or change its network:
 * lines that were written meanwhile arrive when it is back.
 */
import { createInterface } from "node:readline";
import { printable, WormholeClosedError } from "@wormhole-ts/wormhole";
import { meet } from "./meet.ts";

const { wormhole, dilated } = await meet("chat", process.argv[2]);
const channel = await dilated.control.connect();
const lines = createInterface({ input: process.stdin });
try {
  await Promise.all([speak(channel.writable), hear(channel.readable)]);
} catch (error) {
  if (!(error instanceof WormholeClosedError)) throw error;
  console.error(error.message);
} finally {
  lines.close();
  await wormhole.close();
}

/** Sends each line as one chunk, which arrives as one. */
async function speak(writable: WritableStream<Uint8Array>): Promise<void> {
  const writer = writable.getWriter();
  for await (const line of lines) await writer.write(new TextEncoder().encode(line));
  await writer.close();
}

/** Removes control characters, which could manipulate the terminal. */
async function hear(readable: ReadableStream<Uint8Array>): Promise<void> {
  for await (const line of readable) console.log(`> ${printable(new TextDecoder().decode(line))}`);
  console.error("The other side has nothing more to say.");
}
