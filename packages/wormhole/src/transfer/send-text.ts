import type { SendResult, Transfer, TransferOptions } from "./api.ts";
import { Dialogue } from "./dialogue/dialogue.ts";
import { publicOffer } from "./dialogue/public-offer.ts";
import { type SendingEvent, type SendingState, sending } from "./dialogue/sending.ts";
import { startTransfer } from "./run.ts";

/** What the other side hears when the person here finds the verifier wrong, in Python's words. */
export const VERIFIER_REJECTED = "sender rejected verification check, abandoned transfer";

const nothing = () => {};

/** Sends a text. It travels through the mailbox server, encrypted; megabytes belong into a file. */
export function sendText(text: string, options: TransferOptions): Transfer<SendResult> {
  return startTransfer(options, async (meeting) => {
    const offer = { kind: "text", message: text } as const;
    await meeting.meet();
    const dialogue = new Dialogue<SendingState, SendingEvent, SendResult>(
      meeting,
      sending,
      { at: "waiting", offer },
      {},
    );
    const versions = await meeting.verify(VERIFIER_REJECTED);
    meeting.emit({ type: "offer", offer: publicOffer(offer), accept: nothing, reject: nothing });
    dialogue.post({ on: "ready", versions });
    await meeting.timed("wait for answer", () => meeting.until(dialogue.succeeded.promise));
    return { kind: "text" };
  });
}
