import { bytesToHex } from "@noble/hashes/utils.js";
import type { BulkCrypto } from "../crypto/bulk.ts";
import { TransferError } from "../errors.ts";
import { TransitSender } from "../transit/transit.ts";
import type { SendPathOptions, SendResult, Transfer } from "./api.ts";
import { Dialogue } from "./dialogue/dialogue.ts";
import { decodeAck } from "./dialogue/messages.ts";
import { bytesOnTheWire, publicOffer } from "./dialogue/public-offer.ts";
import { type SendingEvent, type SendingState, sending } from "./dialogue/sending.ts";
import { overPipe, watched } from "./flow.ts";
import type { Meeting } from "./meeting.ts";
import { startTransfer } from "./run.ts";
import { VERIFIER_REJECTED } from "./send-text.ts";
import { openSource, type Source } from "./source.node.ts";

/** The other side may unpack for long, but not for ever: a terabyte is unpacked in less. */
const CONFIRMATION_DEADLINE = 60 * 60 * 1000;
const UNCONFIRMED = "The other side has everything, but has not confirmed it within an hour.";

type Sender = Dialogue<SendingState, SendingEvent, SendResult>;

/**
 * Sends a file, a folder or a block device.
 *
 * It is looked at first: when it cannot be sent, `done` rejects with an {@link UnsendableFileError} before there is a
 * code.
 */
export function sendPath(path: string, options: SendPathOptions): Transfer<SendResult> {
  return startTransfer(options, async (meeting) => {
    const { ignoreUnsendable = false } = options;
    const source = await meeting.timed("open source", () =>
      openSource(path, { ignoreUnsendable, signal: meeting.signal }),
    );
    try {
      for (const skipped of source.skipped) meeting.emit({ type: "skipped", ...skipped });
      await meeting.meet();
      return await send(source, meeting);
    } finally {
      await source.close();
    }
  });
}

async function send(source: Source, meeting: Meeting<SendResult>): Promise<SendResult> {
  const transit = new TransitSender(meeting.transitOptions());
  try {
    const initial = { at: "waiting", offer: source.offer } as const;
    const dialogue = new Dialogue<SendingState, SendingEvent, SendResult>(meeting, sending, initial, {
      useHints: (hints) => transit.addConnectionHints(hints),
    });
    const versions = await meeting.verify(VERIFIER_REJECTED);
    const hints = await meeting.until(transit.getConnectionHints());
    transit.setTransitKey(meeting.transitKey());
    const crypto = meeting.platform.loadBulkCrypto();
    meeting.emit({ type: "offer", offer: publicOffer(source.offer), accept() {}, reject() {} });
    const abilities = transit.getConnectionAbilities();
    dialogue.post({ on: "ready", versions, transit: { on: "transit", abilities, hints } });
    await meeting.timed("wait for answer", () => meeting.until(dialogue.accepted.promise));
    let sha256 = "";
    await overPipe(meeting, dialogue, transit, async (pipe) => {
      sha256 = await sendBytes(source, meeting, await crypto, (piece) => pipe.sendBulk(piece));
      dialogue.post({ on: "sent", sha256 });
      await meeting.timed("wait for confirmation", () => confirmed(meeting, dialogue, pipe.receiveRecord()));
    });
    return { kind: source.offer.kind, sha256 };
  } finally {
    transit.close();
  }
}

/** Sends all bytes; gives their SHA-256. */
async function sendBytes(
  source: Source,
  meeting: Meeting<SendResult>,
  crypto: BulkCrypto,
  write: (piece: Uint8Array) => Promise<void>,
): Promise<string> {
  const hasher = crypto.sha256();
  await watched(meeting, "send bytes", bytesOnTheWire(source.offer), async (moved) => {
    for await (const piece of source.pieces()) {
      hasher.update(piece);
      await write(piece);
      moved(piece.length);
    }
  });
  return bytesToHex(hasher.digest());
}

/** Waits until the other side has stored everything, which may take long after the last byte. */
async function confirmed(meeting: Meeting<SendResult>, dialogue: Sender, record: Promise<Uint8Array>): Promise<void> {
  const timer = meeting.platform.clock.after(CONFIRMATION_DEADLINE, () => meeting.fail(new TransferError(UNCONFIRMED)));
  try {
    dialogue.post({ on: "ack", ...decodeAck(await meeting.until(record)) });
    await meeting.until(dialogue.succeeded.promise);
  } finally {
    timer.cancel();
  }
}
