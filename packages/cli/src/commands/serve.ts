/** `wormhole serve`: a mailbox server and a transit relay in one process. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { startTransitRelay } from "@wormhole-ts/transit-relay";
import type { ServeFlags } from "../flags.ts";
import type { Host } from "../host.ts";
import type { Output } from "../terminal/output.ts";
import { abortOnSignals } from "../terminal/signals.ts";

/** The name of the database in the folder of `--data`. */
const DATABASE = "mailbox.sqlite";

/** Runs both servers until a signal arrives, then stops them. Rejects if one of them cannot start. */
export async function serve(flags: ServeFlags, host: Host, output: Output): Promise<void> {
  // Unlike codes and texts, these arguments are no secret, and a list of processes should show what runs here.
  host.title = "wormhole serve";
  const signal = abortOnSignals(host, () => {});
  const mailbox = await startMailboxServer({
    host: flags.listen,
    port: flags.mailboxPort,
    db: await database(flags.data),
    onError: (error) => output.say(`Warning: ${error instanceof Error ? error.message : String(error)}`),
  });
  try {
    const relay = await startTransitRelay({ host: flags.listen, port: flags.relayPort });
    await output.data(`mailbox ${mailbox.url}\nrelay ${relay.url}\n`);
    await aborted(signal);
    await relay.close();
  } finally {
    await mailbox.close();
  }
}

async function database(folder: string | undefined): Promise<string> {
  if (folder === undefined) return ":memory:";
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return join(folder, DATABASE);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
