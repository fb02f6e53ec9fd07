/** `wormhole receive`: finds the code, asks whether to accept, and shows where the received file is. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@wormhole-ts/wormhole";
import { type ReceiveOptions, type ReceiveResult, receive as startReceiving } from "@wormhole-ts/wormhole/node";
import { codeToReceive, OtherServerError } from "../code/code-to-receive.ts";
import { warnOfShortCode } from "../code/own-code.ts";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import { isFolder, isOn, receiveOptions } from "../settings.ts";
import { converse, type EventOf, type Handlers } from "./conversation.ts";
import { describe, type FileOffer } from "./offer.ts";
import { withTor } from "./with-tor.ts";

/**
 * Receives what the sender of a code sends. Rejects with the error that prevented it.
 * @param words the arguments: one code, perhaps typed with blanks, or nothing
 */
export async function receive(words: readonly string[], flags: ReceiveFlags, context: Context): Promise<void> {
  const shared = receiveOptions(flags, context);
  const options = { ...shared, ...(await codeToReceive(words, flags, shared, context)) };
  warnOfShortCode(flags, context);
  try {
    await withTor(flags, context, async (tor) => {
      await converse(startReceiving({ ...options, ...tor }), context, {
        relayUrl: String(options.relayUrl),
        verify: flags.verify === true,
        showProgress: flags.hideProgress !== true,
        waiting: "Waiting for sender...",
        on: handlers(flags, options, context),
      });
    });
  } catch (error) {
    if (!(error instanceof OtherServerError)) throw error;
    await receive([error.uri], flags, context);
  }
}

function handlers(flags: ReceiveFlags, options: ReceiveOptions, context: Context): Handlers<ReceiveResult> {
  const { output } = context;
  return {
    code({ code }) {
      if (flags.allocate === true) output.say(instructions(code, output.bold(code)));
    },
    async offer(event, over) {
      const { offer } = event;
      if (offer.kind === "text") return event.accept();
      if (flags.onlyText === true) {
        output.say(`Refusing the ${describe(offer)} because of --only-text.`);
        return event.reject("this side receives text only");
      }
      showTarget(offer, options, context);
      if (await isAccepted(flags, context, over)) event.accept();
      else event.reject();
    },
    connected: ({ description }) => output.say(`Receiving (${printable(description)})..`),
    done: (event) => deliver(event, context),
  };
}

/** Other programs parse these lines: they are those of the Python program. */
function instructions(code: string, shown: string): string {
  return `Wormhole code is: ${shown}\nOn the other computer, please run:\n\nwormhole send --code ${code} <filename>\n`;
}

function showTarget(offer: FileOffer, options: ReceiveOptions, { output, questions }: Context): void {
  const target = targetOf(offer, options.output);
  questions.tell(`Receiving ${describe(offer)} into: '${printable(target)}'`);
  if (offer.kind === "file" && existsSync(target) && options.overwrite === true) {
    output.say(`Overwriting '${printable(target)}'`);
  }
}

function targetOf(offer: FileOffer, output: string | undefined): string {
  if (output === undefined) return offer.name;
  return isFolder(output) ? join(output, offer.name) : output;
}

async function isAccepted(
  flags: ReceiveFlags,
  { environment, questions }: Context,
  over: AbortSignal,
): Promise<boolean> {
  return (
    flags.acceptFile === true || isOn(environment.WORMHOLE_ACCEPT_FILE) || (await questions.agrees("ok? (Y/n): ", over))
  );
}

/** Writes text to stdout: unchanged for a program, made printable for a terminal. */
async function deliver({ result }: EventOf<ReceiveResult, "done">, { output }: Context): Promise<void> {
  if (result.kind !== "text") {
    return output.say(`Received ${result.kind === "file" ? "file" : "files"} written to: ${printable(result.path)}`);
  }
  return output.dataIsShown ? output.show(printable(result.text, { multiline: true })) : output.data(result.text);
}
