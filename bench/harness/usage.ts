/** The processor time and memory of a running process, as the kernel of Linux reports them. */
import { readFileSync } from "node:fs";

/** The resources that a process has used so far. */
export interface Usage {
  /** Seconds of processor time. NaN without /proc. */
  cpu: number;
  /** The peak of resident memory in units of 10^6 bytes. NaN without /proc. */
  memory: number;
}

/**
 * Time between two readings. The last reading may be this long before the end, which matches the kernel's tick of 10 ms.
 */
const READ_EVERY_MS = 10;
const TICKS_A_SECOND = 100;

/** Reads the figures of a process until the returned function is called, which returns the last ones. */
export function watch(pid: number): () => Usage {
  const usage: Usage = { cpu: Number.NaN, memory: Number.NaN };
  const read = () => {
    try {
      // The name in brackets is the second field and may contain anything; user and system time are 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "0 0").split(" ");
      const memory = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      usage.cpu = (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
      if (memory) usage.memory = (Number(memory) * 1024) / 1e6;
    } catch {
      // The process has ended, or this is not Linux. The last figures remain.
    }
  };
  const timer = setInterval(read, READ_EVERY_MS);
  return () => {
    clearInterval(timer);
    return usage;
  };
}
