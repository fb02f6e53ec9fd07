/** Tor for a transfer, if the command line asks for it. */
import { printable } from "@wormhole-ts/wormhole";
import { getTor, type RunningTor, type TorProgress, type TransferOptions } from "@wormhole-ts/wormhole/node";
import type { Context } from "../context.ts";
import { type TransferFlags, wantsTor } from "../flags.ts";

/** Calls `body` with a Tor if the flags ask for one. A Tor that was launched for it is ended afterwards. */
export async function withTor(
  flags: TransferFlags,
  context: Context,
  body: (options: Pick<TransferOptions, "tor">) => Promise<void>,
): Promise<void> {
  if (!wantsTor(flags)) return body({});
  const tor = await findTor(flags, context);
  try {
    await body({ tor });
  } finally {
    await tor.close();
  }
}

async function findTor(flags: TransferFlags, { output, signal, timing }: Context): Promise<RunningTor> {
  if (flags.launchTor === true) output.say("Launching a private Tor, this may take a while..");
  const onProgress = ({ percent, summary }: TorProgress) => {
    const line = `Tor: ${percent} % ${printable(summary)}`;
    if (output.canRedraw) output.status(line);
    else output.say(line);
  };
  const found = timing?.begin("find tor");
  const tor = await getTor({
    launch: flags.launchTor === true,
    onProgress,
    signal,
    ...(flags.torControlPort === undefined ? {} : { controlPort: flags.torControlPort }),
  }).finally(() => found?.());
  output.say(`Using Tor via ${printable(tor.description)}`);
  return tor;
}
