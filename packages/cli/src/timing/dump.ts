/** `--dump-timing FILE`: records what the program does from its start to its end, whatever ends it. */
import { closeSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { printable, Timing } from "@wormhole-ts/wormhole";
import { messageOf } from "../failure.ts";
import type { Host } from "../host.ts";
import type { Output } from "../terminal/output.ts";
import { UsageError } from "../usage-error.ts";

/**
 * Opens the file at once, and fills it when the process ends: after success, failure and signals alike.
 * @throws {UsageError} if the file cannot be written
 */
export function dumpTiming(path: string, host: Pick<Host, "onExit">, output: Output): Timing {
  const file = open(path);
  const timing = new Timing();
  timing.begin("start", {}, performance.timeOrigin)();
  host.onExit((status) => {
    timing.add("exit", { status });
    try {
      writeFileSync(file, textOf(timing));
      return status;
    } catch (error) {
      output.say(`${output.red("ERROR:")} --dump-timing: ${messageOf(error)}`);
      return status === 0 ? 1 : status;
    }
  });
  return timing;
}

function open(path: string): number {
  try {
    refuseOtherFile(path);
    return openSync(path, "w");
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`--dump-timing: ${messageOf(cause)}`, { cause });
  }
}

/** The beginning of every timing file of this program. */
const BEGINNING = '[\n{"name":"start"';

/** Protects the file to send: if the user forgets the argument of `--dump-timing`, that file stands in its place. */
function refuseOtherFile(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile() || found.size === 0) return;
  const file = openSync(path, "r");
  const head = Buffer.alloc(BEGINNING.length);
  readSync(file, head);
  closeSync(file);
  if (head.toString("latin1") === BEGINNING) return;
  throw new UsageError(
    `--dump-timing: ${printable(path)} already exists and is not a timing file. It was not changed.`,
  );
}

/** The events as JSON, one a line. */
function textOf(timing: Timing): string {
  const events = timing.toJSON().map((event) => JSON.stringify(event));
  return `[\n${events.join(",\n")}\n]\n`;
}
