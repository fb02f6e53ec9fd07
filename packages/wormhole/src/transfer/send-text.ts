/** Sending a text. */
import { measure } from "../base/timing.ts";
import type { SendResult, Transfer, TransferOptions } from "./api.ts";
import { SendingDialogue } from "./dialogue/dialogue.ts";
import { publicOffer } from "./dialogue/public-offer.ts";
import { meet } from "./meet.ts";
import { startTransfer } from "./run.ts";
import { verifyPeer } from "./verify.ts";

/**
 * Sends a text. It travels encrypted through the mailbox server, without a direct connection, so a text of megabytes is
 * better sent as a file.
 *
 * @example
 * const transfer = sendText("See you at eight.", { relayUrl: "wss://mailbox.example.org/v1" });
 * console.log(`The code is ${await transfer.code}`);
 * await transfer.done;
 */
export function sendText(text: string, options: TransferOptions): Transfer<SendResult> {
  return startTransfer(options, (context) =>
    meet(context, async (meeting) => {
      const offer = { kind: "text", message: text } as const;
      const dialogue = new SendingDialogue(meeting, offer);
      const versions = await verifyPeer(meeting, "sender");
      meeting.emit({ type: "offer", offer: publicOffer(offer), offeredName: "", warnings: [], accept() {}, reject() {} });
      await measure(options.timing, "wait for answer", () => dialogue.offer(versions));
      return { kind: "text" };
    }),
  );
}
