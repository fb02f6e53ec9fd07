/** `wormhole receive` */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { printable } from "@wormhole-ts/wormhole";
import {
  type Offer,
  type ReceiveOptions,
  type ReceiveResult,
  receive as receiveFrom,
} from "@wormhole-ts/wormhole/node";
import { codeToReceive, ElsewhereError } from "../code/code-to-receive.ts";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import { isOn, transferOptions } from "../settings.ts";
import { withTor } from "../tor.ts";
import { converse, type Handlers } from "./conversation.ts";
import { describe } from "./offer.ts";

type Thing = Exclude<Offer, { kind: "text" }>;

/** Receives what the command line says. Rejects with what prevented it. */
export async function receive(words: readonly string[], flags: ReceiveFlags, context: Context): Promise<void> {
  const shared = transferOptions(flags, context.environment);
  const source = await codeToReceive(words, flags, shared, context);
  const { signal, timing } = context;
  const options = { ...shared, ...source, ...destination(flags), signal, ...(timing && { timing }) };
  try {
    await withTor(flags, context, async (tor) => {
      await converse(receiveFrom({ ...options, ...tor }), context, {
        relayUrl: options.relayUrl,
        verify: flags.verify === true,
        showProgress: flags.hideProgress !== true,
        waiting: "Waiting for sender...",
        on: handlers(flags, context),
      });
    });
  } catch (error) {
    if (!(error instanceof ElsewhereError)) throw error;
    await receive([error.link], flags, context);
  }
}

/** Naming an existing file is asking for it to be replaced; naming a folder is not asking for anything in it. */
function destination({ outputFile, overwrite }: ReceiveFlags): Partial<Pick<ReceiveOptions, "output" | "overwrite">> {
  if (outputFile === undefined) return { overwrite: overwrite === true };
  return { output: outputFile, overwrite: overwrite === true || !isFolder(outputFile) };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

function handlers(flags: ReceiveFlags, context: Context): Handlers<ReceiveResult> {
  const { output } = context;
  return {
    code({ code }) {
      if (flags.allocate === true) output.say(instructions(code, output.bold(code)));
    },
    offer: (event, over) =>
      event.offer.kind === "text" ? event.accept() : decide(event.offer, event, flags, context, over),
    connected: ({ description }) => output.say(`Receiving (${printable(description)})..`),
    done: ({ result }) => deliver(result, context),
  };
}

function instructions(code: string, shown: string): string {
  return `Wormhole code is: ${shown}\nOn the other computer, please run:\n\nwormhole send --code ${code} <filename>\n`;
}

async function decide(
  offer: Thing,
  answer: { accept(): void; reject(reason?: string): void },
  flags: ReceiveFlags,
  { output, questions, environment }: Context,
  over: AbortSignal,
): Promise<void> {
  if (flags.onlyText === true) {
    output.say(`Refusing a ${describe(offer)}: --only-text takes text alone.`);
    return answer.reject("this side receives text only");
  }
  const target = targetOf(offer, flags.outputFile);
  output.say(`Receiving ${describe(offer)} into: '${printable(target)}'`);
  if (offer.kind === "file" && existsSync(target) && destination(flags).overwrite === true) {
    output.say(`Overwriting '${printable(target)}'`);
  }
  const isAgreed =
    flags.acceptFile === true ||
    isOn(environment.WORMHOLE_ACCEPT_FILE) ||
    (await questions.agrees("ok? (Y/n): ", over));
  if (isAgreed) answer.accept();
  else answer.reject();
}

/** Where it will lie, for the person who is asked. */
function targetOf(offer: Thing, outputFile: string | undefined): string {
  if (outputFile === undefined) return offer.name;
  return isFolder(outputFile) ? join(outputFile, offer.name) : outputFile;
}

/** A text goes to stdout: as it is where a program reads it, harmless where a person does. */
async function deliver(result: ReceiveResult, { output }: Context): Promise<void> {
  if (result.kind !== "text") {
    return output.say(`Received ${result.kind === "file" ? "file" : "files"} written to: ${printable(result.path)}`);
  }
  return output.dataIsShown ? output.show(printable(result.text, { multiline: true })) : output.data(result.text);
}
