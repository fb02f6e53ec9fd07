/** Measures one transfer between two processes. */
import { setTimeout as sleep } from "node:timers/promises";
import { launch, now, type Running, tail } from "../../test/support/processes.ts";
import { type Usage, watch } from "./usage.ts";

/** The time and the resources of one transfer. */
export interface Measured {
  /** Time from the launch of the receiver, or of both, to the end of both. */
  readonly seconds: number;
  readonly sender: Usage;
  readonly receiver: Usage;
}

/**
 * When the measurement begins. `staged`: the receiver is launched when the sender has printed its code, which the
 * pattern finds. `together`: both are launched at once with this code.
 */
export type Mode = { readonly staged: RegExp } | { readonly together: string };

/** Time for the sender to become idle after it has printed its code. */
const REST_MS = 500;
/** Enough for a gigabyte on a slow and busy machine. */
const DEADLINE_SECONDS = 300;

/** Runs both programs in the folder `into`. @throws {Error} with the last output of both, if one of them fails */
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
