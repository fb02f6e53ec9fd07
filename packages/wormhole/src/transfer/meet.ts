/** The start of a transfer's wormhole, from its code to the proof that both sides have the same one. */
import type { Wormhole } from "../api.ts";
import { unlessAborted } from "../base/abort.ts";
import { createWormhole } from "../wormhole/create.ts";
import { FILE_TRANSFER_APP_ID } from "./api.ts";
import type { Meeting, TransferContext } from "./context.ts";

/**
 * Makes a wormhole, waits until the peer has proved that it has the same code, and runs `body`. The wormhole is closed
 * afterwards; errors of closing are ignored, because nothing depends on it by then.
 */
export async function meet<Result>(
  context: TransferContext,
  body: (meeting: Meeting) => Promise<Result>,
): Promise<Result> {
  context.signal.throwIfAborted();
  const { relayUrl, appId = FILE_TRANSFER_APP_ID, timing } = context.options;
  const wormhole = createWormhole({ relayUrl, appId, timing, dilation: false, platform: context.platform });
  try {
    await agreeOnCode(context, wormhole);
    return await body({ ...context, wormhole });
  } catch (error) {
    // The dialogue reports the failure to the peer, which needs the wormhole.
    context.fail(error);
    throw error;
  } finally {
    await wormhole.close().catch(() => {});
  }
}

async function agreeOnCode({ options, signal, emit }: TransferContext, wormhole: Wormhole): Promise<void> {
  const { code: givenCode, codeLength, enterCode } = options;
  if (givenCode !== undefined) wormhole.setCode(givenCode);
  else if (enterCode === undefined) wormhole.allocateCode(codeLength);
  emit({ type: "welcome", welcome: await wormhole.getWelcome({ signal }) });
  if (givenCode === undefined && enterCode !== undefined) {
    await unlessAborted(enterCode(wormhole.inputCode(), signal), signal);
  }
  emit({ type: "code", code: await wormhole.getCode({ signal }) });
  await wormhole.getUnverifiedKey({ signal });
  emit({ type: "key" });
  await wormhole.getVerifier({ signal });
}
