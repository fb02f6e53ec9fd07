import { findStamp } from "./hashcash.ts";

/** Completes a hashcash stamp in a worker; the signal ends the work. Rejects where a page's policy allows no worker. */
export async function mintStamp(prefix: string, bits: number, signal: AbortSignal): Promise<string> {
  const work = `postMessage((${findStamp.toString()})(${JSON.stringify(prefix)}, ${bits}))`;
  const url = URL.createObjectURL(new Blob([work], { type: "text/javascript" }));
  const worker = new Worker(url);
  const end = () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  return new Promise<string>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(String(data));
    worker.onerror = ({ message }) => reject(new Error(message));
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    signal.throwIfAborted();
  }).finally(end);
}
