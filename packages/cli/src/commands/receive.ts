/** `wormhole receive`: finds the code, asks whether to accept, and shows where the received file is. */
import { isWormholeError, TransferError, type TransferErrorCode } from "@wormhole-ts/wormhole";
import { type ReceiveResult, receive as startReceiving } from "@wormhole-ts/wormhole/node";
import { codeToReceive, OtherServerError } from "../code/code-to-receive.ts";
import { warnOfShortCode } from "../code/own-code.ts";
import type { Context } from "../context.ts";
import type { ReceiveFlags } from "../flags.ts";
import { receiveOptions } from "../settings.ts";
import { connectionInWords, whole } from "../terminal/words.ts";
import { UsageError } from "../usage-error.ts";
import { isUnattended, OfferAnswers } from "./answer-offer.ts";
import { converse, type EventOf, type Handlers } from "./conversation.ts";
import { deliverText } from "./deliver-text.ts";
import { type Place, placeOf, problemOfCurrentFolder } from "./place.ts";
import { adviceFor, asSentence } from "./sentences.ts";
import { withTor } from "./with-tor.ts";

/** The class of the failure if a text cannot be written, for the peer. */
const CANNOT_STORE: TransferErrorCode = "cannot-store";

/**
 * Receives what the sender of a code sends. Rejects with the error that prevented it.
 * @param words the arguments: one code, perhaps typed with blanks, or nothing
 */
export async function receive(words: readonly string[], flags: ReceiveFlags, context: Context): Promise<void> {
  const place = placeOf(flags.outputFile, context.environment);
  if (place === undefined) checkCurrentFolder(flags, context);
  const shared = receiveOptions(flags, context);
  const options = { ...shared, ...(await codeToReceive(words, flags, shared, context)) };
  const answers = new OfferAnswers(flags, place, context);
  const failure: { text?: Error } = {};
  warnOfShortCode(flags, context);
  try {
    await withTor(flags, context, async (tor) => {
      await converse(startReceiving({ ...options, ...tor }), context, {
        relayUrl: String(options.relayUrl),
        role: "receiver",
        joins: flags.allocate !== true,
        typesCode: options.enterCode !== undefined,
        verify: flags.verify === true,
        showProgress: flags.hideProgress !== true,
        on: handlers(flags, place, answers, failure, context),
      });
    });
  } catch (error) {
    if (error instanceof OtherServerError) return receive([error.uri], flags, context);
    throw failure.text ?? answers.refusal ?? withAdvice(error, answers.problem);
  }
}

/**
 * Says before a code is used that only a text can be received here. @throws {UsageError} if files are expected, because
 * they are accepted without asking
 */
function checkCurrentFolder(flags: ReceiveFlags, { output, environment }: Context): void {
  const problem = flags.onlyText === true ? undefined : problemOfCurrentFolder();
  if (problem === undefined) return;
  const message = `No file can be stored in the current folder: ${problem}. Choose another place with -o PATH.`;
  if (isUnattended(flags, environment)) throw new UsageError(message);
  output.say(`${message} A text can be received.`);
}

function handlers(
  flags: ReceiveFlags,
  place: Place | undefined,
  answers: OfferAnswers,
  failure: { text?: Error },
  context: Context,
): Handlers<ReceiveResult> {
  const { output } = context;
  return {
    code({ code }) {
      if (flags.allocate === true) output.say(instructions(code, output.bold(code)));
    },
    async offer(event, over) {
      const { offer } = event;
      if (offer.kind !== "text") return answers.answer({ ...event, offer }, over);
      try {
        // The sender hears that all is well only when the text is out.
        await deliverText(offer.text, place, context);
        event.accept();
      } catch (error) {
        failure.text = error instanceof Error ? error : new Error(String(error));
        event.reject(CANNOT_STORE);
      }
    },
    connected: ({ description }) => output.say(`Receiving ${connectionInWords(description)}...`),
    done: (event) => showPath(event, place, context),
  };
}

/** Adds the flags that would have solved the problem with which the transfer ended. */
function withAdvice(error: unknown, problem: TransferError | undefined): unknown {
  if (problem === undefined || !isWormholeError(error)) return error;
  const advice = adviceFor(error.code, "receiver");
  if (advice === undefined) return error;
  return new TransferError(`${asSentence(error.message)} ${advice}`, { cause: error, code: problem.code });
}

/** Other programs parse these lines: they are those of the Python program. */
function instructions(code: string, shown: string): string {
  return `Wormhole code is: ${shown}\nOn the other computer, please run:\n\nwormhole send --code ${code} <filename>\n`;
}

function showPath({ result }: EventOf<ReceiveResult, "done">, place: Place | undefined, { output }: Context): void {
  if (result.kind === "text") return;
  const where = place?.kind === "standard output" ? place.kind : whole(result.path);
  output.say(`Received ${result.kind === "file" ? "file" : "folder"} written to: ${where}`);
}
