/** Receiving into memory or into a stream, where nothing is stored in a file system. */
import { measure } from "../base/timing.ts";
import { TransitReceiver } from "../transit/transit.ts";
import type { Offer, ReceiveFileOptions, ReceiveFileResult, Transfer } from "./api.ts";
import { transitOptions } from "./bulk.ts";
import { ReceivingDialogue } from "./dialogue/dialogue.ts";
import { fill, type ReceiverParts } from "./fill.ts";
import { LocalError } from "./local-error.ts";
import { meet } from "./meet.ts";
import { warningsOf } from "./names/name-warnings.ts";
import { safeName } from "./names/safe-name.ts";
import { checkReceiveFile } from "./options.ts";
import { ask } from "./question.ts";
import { startTransfer } from "./run.ts";
import { memorySink, streamSink } from "./sinks.ts";
import { verifyPeer } from "./verify.ts";

/** Bytes that are received into memory if the application gives no bound. */
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** An offer of a file or a folder. */
type ByteOffer = Exclude<Offer, { kind: "text" }>;

/**
 * Receives into memory, or into a stream. Nothing is accepted before `accept()` of the `offer` event is called, unless the
 * option `accept` decides. An offer that is larger than `maxBytes` has a `problem`, which no choice solves.
 *
 * A folder arrives as its zip archive. Its contents are **not checked**: its names may lead anywhere, and it may unpack to
 * any size. The bytes are acknowledged when the stream has been closed.
 *
 * @throws {TypeError} if an option is missing, misspelt or of another type
 *
 * @example
 * const transfer = receiveFile({ relayUrl: "wss://mailbox.example.org/v1", code: "7-guitarist-revenge" });
 * for await (const event of transfer) {
 *   if (event.type === "offer") event.accept();
 * }
 * const result = await transfer.done;
 * if (result.kind === "file") console.log(printable(result.name), result.bytes?.length);
 */
export function receiveFile(options: ReceiveFileOptions): Transfer<ReceiveFileResult> {
  checkReceiveFile(options);
  return startTransfer(options, (context) =>
    meet(context, "receiver", async (meeting) => {
      const transit = new TransitReceiver(transitOptions(meeting));
      try {
        const dialogue = new ReceivingDialogue(meeting, (hints) => transit.addConnectionHints(hints));
        return await run(options, { meeting, transit, dialogue });
      } finally {
        transit.close();
      }
    }),
  );
}

async function run(options: ReceiveFileOptions, receiving: ReceiverParts): Promise<ReceiveFileResult> {
  const { meeting, dialogue } = receiving;
  await verifyPeer(meeting);
  const offer = await measure(options.timing, "wait for offer", () => dialogue.offer());
  if (offer.kind !== "text") return receiveBytes(options, receiving, offer);
  await ask(meeting, options, { offer, offeredName: "", warnings: [] });
  await dialogue.accept();
  return { kind: "text", text: offer.text };
}

async function receiveBytes(
  options: ReceiveFileOptions,
  receiving: ReceiverParts,
  offer: ByteOffer,
): Promise<ReceiveFileResult> {
  const { kind, size } = offer;
  const name = safeName(offer.name);
  const problem = tooLarge(options, offer);
  const question = { offer: { ...offer, name }, offeredName: offer.name, warnings: warningsOf(name, offer.kind) };
  await ask(receiving.meeting, options, problem === undefined ? question : { ...question, problem });
  if (problem !== undefined) throw problem;
  if (options.into === undefined) {
    const { stored: bytes, sha256 } = await fill(receiving, size, memorySink(size));
    return { kind, name, size, sha256, bytes };
  }
  const stream = await streamFor(options.into, question.offer);
  const { sha256 } = await fill(receiving, size, streamSink(stream, receiving.meeting.signal));
  return { kind, name, size, sha256 };
}

function tooLarge({ into, maxBytes }: ReceiveFileOptions, { size }: ByteOffer): LocalError | undefined {
  const limit = maxBytes ?? (into === undefined ? DEFAULT_MAX_BYTES : Number.POSITIVE_INFINITY);
  if (size <= limit) return undefined;
  return new LocalError(`The offer has ${size} bytes, and at most ${limit} are received.`, "cannot-store");
}

async function streamFor(
  into: NonNullable<ReceiveFileOptions["into"]>,
  offer: Offer,
): Promise<WritableStream<Uint8Array>> {
  try {
    return typeof into === "function" ? await into(offer) : into;
  } catch (error) {
    throw new LocalError("The application has no stream for the offer.", "cannot-store", { cause: error });
  }
}
