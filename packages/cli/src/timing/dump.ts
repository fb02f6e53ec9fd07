/** `--dump-timing FILE`: what happened when, from the start of the program to its end, however it ends. */
import { closeSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { printable, Timing } from "@wormhole-ts/wormhole";
import { explain } from "../explain.ts";
import type { Output } from "../terminal/output.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Opens the file at once, and fills it when the process exits: after success, failure and signals alike.
 * @throws {UsageError} if it cannot be written, before anything has begun
 */
export function dumpTiming(path: string, output: Output): Timing {
  const file = open(path);
  const timing = new Timing();
  timing.begin("start", {}, performance.timeOrigin)();
  process.once("exit", (status) => {
    timing.add("exit", { status });
    try {
      writeFileSync(file, text(timing));
    } catch (error) {
      output.say(`${output.red("ERROR:")} --dump-timing: ${explain(error)}`);
      process.exitCode = status === 0 ? 1 : status;
    }
  });
  return timing;
}

function open(path: string): number {
  try {
    refuseForeign(path);
    return openSync(path, "w");
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`--dump-timing: ${explain(cause)}`, { cause });
  }
}

/** What every dump begins with. */
const BEGINNING = '[\n{"name":"start"';

/** Who forgets the name of the dump names what is to be sent in its place: that must stay as it is. */
function refuseForeign(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size === 0) return;
  const file = openSync(path, "r");
  const head = Buffer.alloc(BEGINNING.length);
  readSync(file, head);
  closeSync(file);
  if (head.toString("latin1") === BEGINNING) return;
  throw new UsageError(`--dump-timing: ${printable(path)} exists, and is no timing file: it was left alone.`);
}

/** One event in a line. */
function text(timing: Timing): string {
  const events = timing.toJSON().map((event) => JSON.stringify(event));
  return `[\n${events.join(",\n")}\n]\n`;
}
