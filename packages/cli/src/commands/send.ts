/** `wormhole send`: prints the code, and sends a file, a folder or text. */
import { UnsendableFileError } from "@wormhole-ts/wormhole";
import { type SendPathOptions, type SendResult, sendPath, sendText, type Transfer } from "@wormhole-ts/wormhole/node";
import { withOwnCode } from "../code/own-code.ts";
import type { Context } from "../context.ts";
import type { SendFlags } from "../flags.ts";
import { sendOptions } from "../settings.ts";
import { size } from "../terminal/size.ts";
import { connectionInWords } from "../terminal/words.ts";
import { converse, type Handlers } from "./conversation.ts";
import { describe } from "./offer.ts";
import { isFolder } from "./place.ts";
import { textToSend } from "./text-to-send.ts";
import { withTor } from "./with-tor.ts";

/** Sends a path, or text if there is no path. Rejects with the error that prevented it. */
export async function send(path: string | undefined, flags: SendFlags, context: Context): Promise<void> {
  const options = await withOwnCode(sendOptions(flags, context), flags, context);
  const text = await textToSend(path, flags.text, context);
  if (text !== undefined) context.output.say(`Sending text message (${size(Buffer.byteLength(text))})`);
  try {
    await withTor(flags, context, async (tor) => {
      await converse(start(path, text, { ...options, ...tor }), context, {
        relayUrl: String(options.relayUrl),
        role: "sender",
        joins: false,
        ...(path !== undefined && isFolder(path) ? { kind: "folder" } : {}),
        verify: flags.verify === true,
        showProgress: flags.hideProgress !== true,
        on: handlers(flags, context),
      });
    });
  } catch (error) {
    throw withAdvice(error, path);
  }
}

/** A code in the place of the path was meant for the other command. */
function withAdvice(error: unknown, path: string | undefined): unknown {
  if (!(error instanceof UnsendableFileError) || path === undefined || !/^\d+(?:-[a-z]+)+$/i.test(path)) return error;
  return new UnsendableFileError(path, `${error.message} To receive with this code, run: wormhole receive ${path}`, {
    cause: error,
  });
}

function start(path = ".", text: string | undefined, options: SendPathOptions): Transfer<SendResult> {
  return text === undefined ? sendPath(path, options) : sendText(text, options);
}

function handlers(flags: SendFlags, { output }: Context): Handlers<SendResult> {
  const isDrawn = flags.hideProgress !== true && output.canRedraw;
  return {
    code: ({ code }) => output.say(instructions(code, flags, output.bold(code))),
    offer({ offer }) {
      if (offer.kind !== "text") output.say(`Offering the ${describe(offer)}. The other side is being asked...`);
    },
    connected: ({ description }) => output.say(`Sending ${connectionInWords(description)}...`),
    finishing() {
      if (!isDrawn) output.say("All data has left this computer. Waiting for confirmation...");
    },
    done: ({ result }) =>
      output.say(result.kind === "text" ? "text message sent" : "Confirmation received. Transfer complete."),
  };
}

/** Other programs parse these lines: they are those of the Python program. */
function instructions(code: string, flags: SendFlags, shown: string): string {
  const verify = flags.verify === true ? "--verify " : "";
  const command = `On the other computer, please run:\n\nwormhole receive ${verify}${flags.zero === true ? "-0" : code}\n`;
  return flags.zero === true ? command : `Wormhole code is: ${shown}\n${command}`;
}
