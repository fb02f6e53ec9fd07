/** `wormhole send` */
import { isCodeWord, printable } from "@wormhole-ts/wormhole";
import { type SendResult, sendPath, sendText, type TransferOptions } from "@wormhole-ts/wormhole/node";
import { readCodeText } from "../code/code-text.ts";
import type { Context } from "../context.ts";
import type { SendFlags } from "../flags.ts";
import { serverOfLink, transferOptions } from "../settings.ts";
import { size } from "../terminal/size.ts";
import { withTor } from "../tor.ts";
import { converse, type Handlers } from "./conversation.ts";
import { describe } from "./offer.ts";
import { textToSend } from "./text-to-send.ts";

/** Sends what the command line says. Rejects with what prevented it. */
export async function send(path: string | undefined, flags: SendFlags, context: Context): Promise<void> {
  const options = {
    ...withOwnCode(transferOptions(flags, context.environment), flags, context),
    signal: context.signal,
    ...(context.timing && { timing: context.timing }),
  };
  const text = await textToSend(path, flags.text, context);
  if (text !== undefined) context.output.say(`Sending text message (${size(Buffer.byteLength(text))})`);
  const start = (tor: Pick<TransferOptions, "tor">) =>
    text !== undefined
      ? sendText(text, { ...options, ...tor })
      : sendPath(path ?? ".", { ...options, ...tor, ignoreUnsendable: flags.ignoreUnsendableFiles === true });
  await withTor(flags, context, async (tor) => {
    await converse(start(tor), context, {
      relayUrl: options.relayUrl,
      verify: flags.verify === true,
      showProgress: flags.hideProgress !== true,
      on: handlers(flags, context),
    });
  });
}

/** The code of `--code`: perhaps typed with blanks, perhaps a link of somebody who waits to receive. */
function withOwnCode(options: TransferOptions, flags: SendFlags, { output }: Context): TransferOptions {
  if (flags.code === undefined) return options;
  const link = readCodeText(flags.code, isCodeWord);
  const server = serverOfLink(link, flags, options);
  if (server !== undefined) output.say(`The link leads to another mailbox server: ${printable(server)}`);
  return { ...options, code: link.code, ...(server === undefined ? {} : { relayUrl: server }) };
}

function handlers(flags: SendFlags, { output }: Context): Handlers<SendResult> {
  return {
    code: ({ code }) => output.say(instructions(code, flags, output.bold(code))),
    skipped: ({ path, reason }) => output.say(`Leaving out '${printable(path)}': ${printable(reason)}`),
    offer({ offer }) {
      if (offer.kind !== "text") output.say(`Sending ${describe(offer)}`);
    },
    connected: ({ description }) => output.say(`Sending (${printable(description)})..`),
    finishing: () => output.say("File sent.. waiting for confirmation"),
    done: ({ result }) =>
      output.say(result.kind === "text" ? "text message sent" : "Confirmation received. Transfer complete."),
  };
}

/** Other programs read the line of the code and the command: they stay as the Python program writes them. */
function instructions(code: string, flags: SendFlags, shown: string): string {
  const verify = flags.verify === true ? "--verify " : "";
  const command = `On the other computer, please run:\n\nwormhole receive ${verify}${flags.zero === true ? "-0" : code}\n`;
  return flags.zero === true ? command : `Wormhole code is: ${shown}\n${command}`;
}
