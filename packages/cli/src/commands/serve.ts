/** `wormhole serve`: a mailbox server and a transit relay in one process. */
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { startTransitRelay } from "@wormhole-ts/transit-relay";
import type { ServeFlags } from "../flags.ts";
import type { Host } from "../host.ts";
import type { Output } from "../terminal/output.ts";
import { abortOnSignals } from "../terminal/signals.ts";
import { type DataFolder, makeDataFolder } from "./data-folder.ts";
import { Refusal } from "./declined.ts";

/** Runs both servers until a signal arrives, then stops them. Rejects if one of them cannot start. */
export async function serve(flags: ServeFlags, host: Host, output: Output): Promise<void> {
  // Unlike codes and texts, these arguments are no secret, and a list of processes should show what runs here.
  host.title = "wormhole serve";
  const signal = abortOnSignals(host, () => {});
  const data = flags.data === undefined ? undefined : await makeDataFolder(flags.data);
  const mailbox = await startMailboxServer({
    host: flags.listen,
    port: flags.mailboxPort,
    db: data?.database ?? ":memory:",
    onError: (error) => output.say(`Warning: ${error instanceof Error ? error.message : String(error)}`),
  }).catch((error: unknown) => fail(error, "--mailbox-port", data));
  try {
    const relay = await startTransitRelay({ host: flags.listen, port: flags.relayPort }).catch(
      async (error: unknown) => {
        await mailbox.close();
        return fail(error, "--relay-port", data);
      },
    );
    await output.data(`mailbox ${mailbox.url}\nrelay ${relay.url}\n`);
    output.say(howToUse(mailbox.url, relay.url, flags));
    await aborted(signal);
    await relay.close();
  } finally {
    await mailbox.close();
  }
  output.say("Stopped.");
}

/** Undoes the start, and names the option that helps. */
async function fail(error: unknown, portOption: string, data: DataFolder | undefined): Promise<never> {
  await data?.undo();
  const advice = adviceFor(error, portOption);
  if (advice === undefined || !(error instanceof Error)) throw error;
  throw new Refusal(`${error.message} ${advice}`, { cause: error });
}

/** The causes of the system that another option can avoid. */
function adviceFor(error: unknown, portOption: string): string | undefined {
  const cause =
    error instanceof Error && error.cause instanceof Error && "code" in error.cause ? error.cause : undefined;
  switch (cause?.code) {
    case "EADDRINUSE":
    case "EACCES":
      return `Choose another port with ${portOption}, or any free one with ${portOption} 0.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EADDRNOTAVAIL":
      return "Choose an address of this computer with --listen, or every address with --listen 0.0.0.0.";
    default:
      return undefined;
  }
}

function howToUse(mailbox: string, relay: string, { data }: ServeFlags): string {
  const lines = [
    "To use these servers, set this where wormhole send and wormhole receive run:",
    `  export WORMHOLE_RELAY_URL=${mailbox}`,
    `  export WORMHOLE_TRANSIT_HELPER=${relay}`,
  ];
  if (data === undefined) lines.push("Waiting codes are lost when the server ends. To keep them, use --data DIR.");
  return lines.join("\n");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
