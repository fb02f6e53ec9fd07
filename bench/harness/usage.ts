/** What a process uses, as the kernel of Linux shows it while the process runs. */
import { readFileSync } from "node:fs";

export interface Usage {
  /** Seconds of processor time. NaN where there is no /proc. */
  cpu: number;
  /** Peak of resident memory, in units of 10^6 bytes. NaN where there is no /proc. */
  memory: number;
}

/** The last look may come this much before the end: less than the kernel's own tick of 10 ms adds. */
const LOOK_EVERY_MS = 10;
const TICKS_A_SECOND = 100;

/** Looks at a process until the returned function is called, which gives the last figures seen. */
export function watch(pid: number): () => Usage {
  const usage: Usage = { cpu: Number.NaN, memory: Number.NaN };
  const look = () => {
    try {
      // The name in brackets is the second field and may contain anything; user and system time are 14 and 15.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "0 0").split(" ");
      const memory = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
      usage.cpu = (Number(fields[13]) + Number(fields[14])) / TICKS_A_SECOND;
      if (memory) usage.memory = (Number(memory) * 1024) / 1e6;
    } catch {
      // It has ended, or this is not Linux: what was seen before stands.
    }
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    return usage;
  };
}
