/** `--dump-timing FILE`: records what the program does from its start to its end, whatever ends it. */
import { closeSync, constants, lstatSync, openSync, readSync, statSync, writeFileSync } from "node:fs";
import { Timing } from "@wormhole-ts/wormhole";
import { messageOf } from "../failure.ts";
import type { Host } from "../host.ts";
import type { Output } from "../terminal/output.ts";
import { whole } from "../terminal/words.ts";
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

/** Windows has no such flag. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const REPLACE = constants.O_WRONLY | constants.O_TRUNC | NO_FOLLOW;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
/** The file says when this user sent what, so others must not read it. */
const PRIVATE = 0o600;

function open(path: string): number {
  try {
    return openSync(path, flagsFor(path), PRIVATE);
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    throw new UsageError(`--dump-timing: ${messageOf(cause)}`, { cause });
  }
}

/** The beginning of every timing file of this program. */
const BEGINNING = '[\n{"name":"start"';

/**
 * The flags to open the file with. Only a timing file is replaced: if the user forgets the argument of `--dump-timing`, the
 * file to send stands in its place. A link to a file may have been planted by another user.
 * @throws {UsageError} if there is something else
 */
function flagsFor(path: string): number {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return CREATE;
  const target = statSync(path, { throwIfNoEntry: false });
  if (target !== undefined && !target.isFile()) return constants.O_WRONLY;
  if (found.isSymbolicLink()) throw new UsageError(`--dump-timing: ${whole(path)} is a link. It was not followed.`);
  if (found.size === 0) return REPLACE;
  const file = openSync(path, constants.O_RDONLY | NO_FOLLOW);
  const head = Buffer.alloc(BEGINNING.length);
  readSync(file, head);
  closeSync(file);
  if (head.toString("latin1") === BEGINNING) return REPLACE;
  throw new UsageError(`--dump-timing: ${whole(path)} already exists and is not a timing file. It was not changed.`);
}

/** The events as JSON, one a line. */
function textOf(timing: Timing): string {
  const events = timing.toJSON().map((event) => JSON.stringify(event));
  return `[\n${events.join(",\n")}\n]\n`;
}
