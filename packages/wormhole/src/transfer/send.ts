/** Sending bytes from a source. Nothing here depends on where they come from. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { measure } from "../base/timing.ts";
import type { BulkCrypto } from "../crypto/bulk.ts";
import type { RecordPipe } from "../transit/api.ts";
import { TransitSender } from "../transit/transit.ts";
import type { SendResult, Transfer, TransferOptions } from "./api.ts";
import { overPipe, prepareTransit, transitOptions, watchProgress } from "./bulk.ts";
import type { Meeting, TransferContext } from "./context.ts";
import { SendingDialogue } from "./dialogue/dialogue.ts";
import { publicOffer } from "./dialogue/public-offer.ts";
import { meet } from "./meet.ts";
import { startTransfer } from "./run.ts";
import type { OfferedBytes, Source } from "./source.ts";
import { verifyPeer } from "./verify.ts";
import { waitFor } from "./waits.ts";

/** Sends a source. It is opened before there is a code, so that a source that cannot be sent uses up no code. */
export function sendSource(
  options: TransferOptions,
  open: (context: TransferContext) => Promise<Source>,
): Transfer<SendResult> {
  return startTransfer(options, async (context) => {
    const source = await measure(options.timing, "open source", () => waitFor(context, "storage", open(context)));
    try {
      return await meet(context, "sender", (meeting) => send(source, meeting));
    } finally {
      await source.close();
    }
  });
}

async function send(source: Source, meeting: Meeting): Promise<SendResult> {
  const { timing } = meeting.options;
  const transit = new TransitSender(transitOptions(meeting));
  try {
    const dialogue = new SendingDialogue(meeting, (hints) => transit.addConnectionHints(hints));
    const versions = await verifyPeer(meeting);
    const offered = source.offerTo(versions);
    const transitMessage = await prepareTransit(meeting, transit);
    const offer = publicOffer(offered.offer);
    const offeredName = offer.kind === "text" ? "" : offer.name;
    meeting.emit({ type: "offer", offer, offeredName, warnings: [], accept() {}, reject() {} });
    await measure(timing, "wait for answer", () => dialogue.offer(offered.offer, versions, transitMessage));
    const sha256 = await sendAll(offered, meeting, transit, dialogue);
    return { kind: offered.offer.kind, sha256 };
  } finally {
    transit.close();
  }
}

/**
 * Connects, sends all bytes, and waits for the acknowledgement. Reading begins before the connection is made: a receiver
 * of no bytes has everything as soon as it is connected, so a source of no bytes must be known to be good by then.
 */
async function sendAll(
  offered: OfferedBytes,
  meeting: Meeting,
  transit: TransitSender,
  dialogue: SendingDialogue,
): Promise<string> {
  const { timing } = meeting.options;
  const crypto = meeting.platform.loadBulkCrypto();
  const pieces = offered.pieces();
  try {
    const first = await waitFor(meeting, "storage", pieces.next());
    return await overPipe(meeting, transit, async (pipe) => {
      const hash = await sendBytes({ first, pieces, size: offered.size }, meeting, pipe, await crypto);
      await measure(timing, "wait for confirmation", () => dialogue.confirm(hash, pipe.receiveRecord()));
      return hash;
    });
  } finally {
    await pieces.return();
  }
}

/** Bytes of which the first piece has been read. */
interface Begun {
  readonly first: IteratorResult<Uint8Array, void>;
  readonly pieces: AsyncGenerator<Uint8Array, void, void>;
  readonly size: number;
}

/** Sends all bytes. Returns their SHA-256. */
async function sendBytes(begun: Begun, meeting: Meeting, pipe: RecordPipe, crypto: BulkCrypto): Promise<string> {
  const hasher = crypto.sha256();
  await watchProgress(meeting, "send bytes", begun.size, async (progress) => {
    for (let next = begun.first; next.done !== true; next = await begun.pieces.next()) {
      hasher.update(next.value);
      await progress.handOn(pipe.sendBulk(next.value));
      progress.moved(next.value.length);
    }
  });
  return bytesToHex(hasher.digest());
}
