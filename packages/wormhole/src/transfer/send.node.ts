/** Sending a file, a folder or a block device. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { measure } from "../base/timing.ts";
import type { BulkCrypto } from "../crypto/bulk.ts";
import type { RecordPipe } from "../transit/api.ts";
import { TransitSender } from "../transit/transit.ts";
import type { SendPathOptions, SendResult, Transfer } from "./api.ts";
import { overPipe, prepareTransit, transitOptions, watchProgress } from "./bulk.ts";
import type { Meeting } from "./context.ts";
import { SendingDialogue } from "./dialogue/dialogue.ts";
import { publicOffer } from "./dialogue/public-offer.ts";
import { meet } from "./meet.ts";
import { startTransfer } from "./run.ts";
import { openSource, type Source } from "./source.node.ts";
import { verifyPeer } from "./verify.ts";

/**
 * Sends a file, a folder or a block device.
 *
 * The path is examined first. If it cannot be sent, `done` rejects with an {@link UnsendableFileError} before a code
 * is allocated.
 *
 * @example
 * const transfer = sendPath("report.pdf", { relayUrl: "wss://mailbox.example.org/v1" });
 * for await (const event of transfer) {
 *   if (event.type === "code") console.log(`The code is ${event.code}`);
 *   if (event.type === "progress") console.log(`${event.bytes} of ${event.total} bytes`);
 * }
 */
export function sendPath(path: string, options: SendPathOptions): Transfer<SendResult> {
  return startTransfer(options, async (context) => {
    const { ignoreUnsendable = false, timing } = options;
    const source = await measure(timing, "open source", () =>
      openSource(path, { ignoreUnsendable, signal: context.signal }),
    );
    try {
      for (const skipped of source.skipped) context.emit({ type: "skipped", ...skipped });
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
    const dialogue = new SendingDialogue(meeting, source.offer, (hints) => transit.addConnectionHints(hints));
    const versions = await verifyPeer(meeting);
    const transitMessage = await prepareTransit(meeting, transit);
    const crypto = meeting.platform.loadBulkCrypto();
    const offer = publicOffer(source.offer);
    const offeredName = offer.kind === "text" ? "" : offer.name;
    meeting.emit({ type: "offer", offer, offeredName, warnings: [], accept() {}, reject() {} });
    await measure(timing, "wait for answer", () => dialogue.offer(versions, transitMessage));
    const sha256 = await overPipe(meeting, transit, async (pipe) => {
      const hash = await sendBytes(source, meeting, pipe, await crypto);
      await measure(timing, "wait for confirmation", () => dialogue.confirm(hash, pipe.receiveRecord()));
      return hash;
    });
    return { kind: source.offer.kind, sha256 };
  } finally {
    transit.close();
  }
}

/** Sends all bytes. Returns their SHA-256. */
async function sendBytes(source: Source, meeting: Meeting, pipe: RecordPipe, crypto: BulkCrypto): Promise<string> {
  const hasher = crypto.sha256();
  await watchProgress(meeting, "send bytes", source.size, async ({ moved, handOn }) => {
    for await (const piece of source.pieces()) {
      hasher.update(piece);
      await handOn(pipe.sendBulk(piece));
      moved(piece.length);
    }
  });
  return bytesToHex(hasher.digest());
}
