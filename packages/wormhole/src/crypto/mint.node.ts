import { Worker } from "node:worker_threads";
import { findStamp } from "./hashcash.ts";

/** Completes a hashcash stamp in a thread of its own; the signal ends the work. */
export function mintStamp(prefix: string, bits: number, signal: AbortSignal): Promise<string> {
  const work = `(${findStamp.toString()})(${JSON.stringify(prefix)}, ${bits})`;
  const worker = new Worker(`require("node:worker_threads").parentPort.postMessage(${work})`, { eval: true });
  const stop = () => void worker.terminate();
  signal.addEventListener("abort", stop, { once: true });
  return new Promise<string>((resolve, reject) => {
    worker.once("message", resolve).once("error", reject);
    worker.once("exit", () => {
      signal.removeEventListener("abort", stop);
      reject(signal.reason);
    });
    if (signal.aborted) stop();
  });
}
