/** Sending a text. */
import { measure } from "../base/timing.ts";
import { WormholeError } from "../errors.ts";
import { MAX_APP_MESSAGE_BYTES } from "../session/limits.ts";
import type { SendResult, Transfer, TransferOptions } from "./api.ts";
import { SendingDialogue } from "./dialogue/dialogue.ts";
import { encodeMessage, type KnownOffer } from "./dialogue/messages.ts";
import { publicOffer } from "./dialogue/public-offer.ts";
import { meet } from "./meet.ts";
import { startTransfer } from "./run.ts";
import { verifyPeer } from "./verify.ts";

/**
 * Sends a text. It travels encrypted through the mailbox server, without a direct connection, as one message of at most
 * 500,000 bytes. A longer text, or a value that is not a string, is refused before there is a code: `done` rejects with
 * a {@link WormholeError} of the code `message-too-large`, or with a TypeError. Send a longer text as a file.
 *
 * @example
 * const transfer = sendText("See you at eight.", { relayUrl: "wss://mailbox.example.org/v1" });
 * console.log(`The code is ${await transfer.code}`);
 * await transfer.done;
 */
export function sendText(text: string, options: TransferOptions): Transfer<SendResult> {
  return startTransfer(options, async (context) => {
    const offer = offerOf(text);
    return meet(context, "sender", async (meeting) => {
      const dialogue = new SendingDialogue(meeting);
      const versions = await verifyPeer(meeting);
      meeting.emit({
        type: "offer",
        offer: publicOffer(offer),
        offeredName: "",
        warnings: [],
        accept() {},
        reject() {},
      });
      await measure(options.timing, "wait for answer", () => dialogue.offer(offer, versions));
      return { kind: "text" };
    });
  });
}

function offerOf(text: unknown): KnownOffer {
  if (typeof text !== "string") throw new TypeError("text must be a string");
  const offer = { kind: "text", message: text } as const;
  const { length } = encodeMessage({ on: "offer", offer });
  if (length <= MAX_APP_MESSAGE_BYTES) return offer;
  const message = `The text is too long: its message has ${length} bytes, and may have ${MAX_APP_MESSAGE_BYTES}. Send it as a file.`;
  throw new WormholeError("message-too-large", message);
}
