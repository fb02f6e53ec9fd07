/** Whether a standard stream is usable: it may have been closed when the program started, as in `wormhole receive CODE >&-`. */
import { fstatSync, readFileSync, readlinkSync } from "node:fs";

/** The lowest bits of the flags of a descriptor: how it was opened. */
const ACCESS_MODE = 0o3;
const READ_AND_WRITE = 0o2;

/**
 * Whether the descriptor was closed. Node opens `/dev/null` in place of a closed one, for reading and writing. A shell that
 * was asked to write there opens it for writing only. Where the system does not tell, the answer is no.
 */
export function wasClosed(descriptor: number): boolean {
  try {
    if (readlinkSync(`/proc/self/fd/${descriptor}`) !== "/dev/null") return false;
    const [, flags = "0"] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & ACCESS_MODE) === READ_AND_WRITE;
  } catch {
    return false;
  }
}

/** Why nothing can be read from standard input; undefined if it can be read. Node reads a folder as if it were empty. */
export function inputProblem(): string | undefined {
  if (wasClosed(0)) return "it is closed";
  try {
    return fstatSync(0).isDirectory() ? "it is a folder" : undefined;
  } catch {
    return "it is closed";
  }
}
