/** One transfer between two processes, with the clock running. */
import { setTimeout as sleep } from "node:timers/promises";
import { launch, now, type Running, tail } from "../../test/support/processes.ts";
import { type Usage, watch } from "./usage.ts";

export interface Measured {
  /** From the launch of the receiver, or of both, to the end of both. */
  readonly seconds: number;
  readonly sender: Usage;
  readonly receiver: Usage;
}

/** How the clock runs: the sender has long been waiting when the receiver comes, or both are launched at once. */
export type Mode = { readonly staged: RegExp } | { readonly together: string };

/** The sender has said its code; now it gets the time to come to rest. */
const REST_MS = 500;
/** For a gigabyte on a slow and busy machine. */
const DEADLINE_SECONDS = 300;

/** @throws {Error} with the last words of both, if one of them fails */
export async function measure(
  send: readonly string[],
  receive: (code: string) => readonly string[],
  mode: Mode,
  into: string,
): Promise<Measured> {
  let start = now();
  const sending = observed(launch(send, { cwd: into, seconds: DEADLINE_SECONDS }));
  const code = "together" in mode ? mode.together : await sending.running.says(mode.staged);
  if ("staged" in mode) {
    await sleep(REST_MS);
    start = now();
  }
  const receiving = observed(launch(receive(code), { cwd: into, seconds: DEADLINE_SECONDS, input: "y\n" }));
  const [sent, received] = await Promise.all([sending.running.ended, receiving.running.ended]);
  if (sent.code !== 0 || received.code !== 0) throw new Error(`${tail(sent)}\n${tail(received)}`);
  const seconds = (Math.max(sent.at, received.at) - start) / 1000;
  return { seconds, sender: sending.usage(), receiver: receiving.usage() };
}

const observed = (running: Running) => ({ running, usage: watch(running.pid) });
