/** `wormhole timing`: draws timing files as a page. */
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { printable } from "@wormhole-ts/wormhole";
import type { TimingFlags } from "../flags.ts";
import type { Host } from "../host.ts";
import type { Output } from "../terminal/output.ts";
import type { Recording } from "../timing/chart.ts";
import { decodeTiming, MAX_FILE_BYTES, NotTimingError } from "../timing/decode.ts";
import { page } from "../timing/page.ts";
import { UsageError } from "../usage-error.ts";

/** Stands for standard input or standard output. */
const PIPE = "-";

/** Draws one timing file, or two over one axis. Rejects if one of them is invalid. */
export async function drawTiming(
  files: readonly string[],
  flags: TimingFlags,
  host: Pick<Host, "stdin">,
  output: Output,
): Promise<void> {
  const target = targetOf(files, flags, output);
  const recordings: Recording[] = [];
  for (const file of files) recordings.push({ title: titleOf(file), spans: await read(file, host) });
  const html = page(recordings);
  if (target === PIPE) return output.data(html);
  await writeFile(target, html);
  output.say(`Wrote ${printable(target)}`);
}

/** The path of `-o`; without it standard output, or a file beside the input if standard output is a terminal. */
function targetOf(files: readonly string[], { output: wanted }: TimingFlags, output: Output): string {
  if (files.length > 1 && files.every((file) => file === PIPE)) {
    throw new UsageError("Standard input can be only one of the two files.");
  }
  if (wanted === undefined && !output.dataIsShown) return PIPE;
  const target = wanted ?? `${files.find((file) => file !== PIPE) ?? "timing"}.html`;
  const isRead = files.some((file) => file !== PIPE && resolve(file) === resolve(target));
  if (target !== PIPE && isRead) {
    throw new UsageError(`The page would replace ${printable(target)}. Choose another file with -o.`);
  }
  return target;
}

const titleOf = (file: string): string => (file === PIPE ? "standard input" : file);

async function read(file: string, host: Pick<Host, "stdin">): Promise<Recording["spans"]> {
  try {
    return decodeTiming(await readText(file === PIPE ? host.stdin : createReadStream(file)));
  } catch (error) {
    if (!(error instanceof NotTimingError)) throw error;
    throw new UsageError(`${printable(titleOf(file))} ${error.message}.`, { cause: error });
  }
}

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const read: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_FILE_BYTES) throw new NotTimingError("is too long for a timing file");
    read.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(read));
}
