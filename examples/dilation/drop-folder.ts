/**
 * A folder on each of two computers: files that are dropped into one appear in the other. Run it with Node 24 or newer:
 *
 *     npm run build
 *     npx wormhole serve                                                  # in one terminal
 *     node examples/dilation/drop-folder.ts here                          # in a second one: it prints the code
 *     node examples/dilation/drop-folder.ts there 7-guitarist-revenge     # in a third one
 *     cp photo.jpg here                                                   # the photo appears there
 *
 * Each file goes through a subchannel of its own, from `client` to `server`: first its name and length, then its content.
 * Only files that appear after the start are sent, each once. Ctrl-C ends both sides.
 */
import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { link, mkdir, readdir, rm, stat } from "node:fs/promises";
import { basename, join, parse } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { printable, type Subchannel } from "@wormhole-ts/wormhole";
import { safeName } from "@wormhole-ts/wormhole/node";
import { meet } from "./meet.ts";

/** The interval at which the folder is read. */
const INTERVAL_MS = 500;

const [folder, code] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: drop-folder.ts FOLDER [CODE]");
await mkdir(folder, { recursive: true });
/** Names that are not sent: those from before the start, those already sent, and those of received files. */
const known = new Set(await readdir(folder));

const { wormhole, dilated } = await meet("drop-folder", code);
const over = new AbortController();
await Promise.all([watch(folder, over.signal), takeAll(folder).finally(() => over.abort())]);
await wormhole.close();

/** Sends new files that have stopped growing. */
async function watch(folder: string, signal: AbortSignal): Promise<void> {
  let before = new Map<string, number>();
  while (!signal.aborted) {
    const now = await look(folder);
    for (const [name, length] of now) if (before.get(name) === length) await send(join(folder, name), length);
    before = now;
    await sleep(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}

/** Returns the new files and their lengths. */
async function look(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const name of await readdir(folder)) {
    if (name.startsWith(".") || known.has(name)) continue;
    const file = await stat(join(folder, name)).catch(() => null);
    if (file?.isFile()) found.set(name, file.size);
  }
  return found;
}

async function send(path: string, length: number): Promise<void> {
  const name = basename(path);
  known.add(name);
  try {
    await using subchannel = await dilated.client.connect();
    const writer = subchannel.writable.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify({ name, length })));
    writer.releaseLock();
    await Readable.toWeb(createReadStream(path)).pipeTo(subchannel.writable);
    console.log(`sent ${name}`);
  } catch (error) {
    console.error(`${name} was not sent: ${String(error)}`);
  }
}

/** Receives files one after the other, until the wormhole ends. */
async function takeAll(folder: string): Promise<void> {
  for await (const subchannel of dilated.server.listen()) {
    await take(folder, subchannel).catch((error) => console.error(`A file was not received: ${String(error)}`));
  }
}

async function take(folder: string, subchannel: Subchannel): Promise<void> {
  await using open = subchannel;
  const reader = open.readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  const { name, length } = JSON.parse(new TextDecoder().decode(value)) as Record<string, unknown>;
  const safe = safeName(String(name));
  // Only whole files are visible in the folder.
  const part = join(folder, `.${randomUUID()}.part`);
  try {
    await pipeline(whole(open.readable, Number(length)), createWriteStream(part, { flags: "wx" }));
    console.log(`received ${printable(await place(part, folder, safe))}`);
  } finally {
    await rm(part, { force: true });
  }
}

/** Yields the same chunks, and fails if the length is wrong: an early end may mean that the other program failed. */
async function* whole(readable: ReadableStream<Uint8Array>, length: number): AsyncGenerator<Uint8Array> {
  let missing = length;
  for await (const chunk of readable) {
    missing -= chunk.length;
    if (!(missing >= 0)) throw new Error("it is longer than announced");
    yield chunk;
  }
  if (missing !== 0) throw new Error("it is incomplete");
}

/** Gives a file its name, or a similar one that is free. A link never replaces an existing file. */
async function place(part: string, folder: string, name: string): Promise<string> {
  const { name: stem, ext } = parse(name);
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${stem} (${n})${ext}`;
    try {
      await link(part, join(folder, free));
      known.add(free);
      return free;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}
