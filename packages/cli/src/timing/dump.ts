/** `--dump-timing FILE`: what happened when, from the start of the program to its end, however it ends. */
import { openSync, writeFileSync } from "node:fs";
import { Timing } from "@wormhole-ts/wormhole";
import { explain } from "../explain.ts";
import type { Output } from "../output.ts";
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
    return openSync(path, "w");
  } catch (cause) {
    throw new UsageError(`--dump-timing: ${explain(cause)}`, { cause });
  }
}

/** One event in a line. */
function text(timing: Timing): string {
  return `[\n${timing
    .toJSON()
    .map((event) => JSON.stringify(event))
    .join(",\n")}\n]\n`;
}
