/** The start of a transfer's wormhole, from its code to the proof that both sides have the same one. */
import type { WormholeStatus } from "../api.ts";
import { unlessAborted } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import type { Clock } from "../net/clock.ts";
import { createWormhole } from "../wormhole/create.ts";
import { FILE_TRANSFER_APP_ID, type WaitingFor } from "./api.ts";
import type { Meeting, Role, TransferContext } from "./context.ts";
import { Conversation } from "./dialogue/conversation.ts";
import { announcement } from "./roles.ts";
import { waitFor } from "./waits.ts";

/**
 * How long a transfer that fails between the key and the peer's proof waits for that proof. Without it, the peer cannot be
 * told, and would wait for an offer.
 */
const LAST_PROOF_MS = 1_000;

/**
 * Makes a wormhole, waits until the peer has proved that it has the same code, and runs `body`. The wormhole is closed
 * afterwards; errors of closing are ignored, because nothing depends on it by then.
 */
export async function meet<Result>(
  context: TransferContext,
  role: Role,
  body: (meeting: Meeting) => Promise<Result>,
): Promise<Result> {
  context.signal.throwIfAborted();
  const { relayUrl, appId = FILE_TRANSFER_APP_ID, timing } = context.options;
  const { platform } = context;
  let status: WormholeStatus = { connection: "connecting", key: "none", code: "none", unsent: 0 };
  const onStatus = (present: WormholeStatus) => {
    status = present;
  };
  const versions = announcement(role);
  const wormhole = createWormhole({ relayUrl, appId, timing, versions, dilation: false, platform, onStatus });
  const conversation = new Conversation({ ...context, role }, wormhole);
  const meeting: Meeting = { ...context, role, wormhole, conversation, status: () => status };
  try {
    await agreeOnCode(meeting);
    return await body(meeting);
  } catch (error) {
    // The conversation reports the failure to the peer, which needs the wormhole.
    context.fail(error);
    if (status.key === "unverified") await within(platform.clock, LAST_PROOF_MS, wormhole.getVerifier());
    throw error;
  } finally {
    await wormhole.close().catch(() => {});
  }
}

async function agreeOnCode(meeting: Meeting): Promise<void> {
  const { options, wormhole, signal, emit, status } = meeting;
  const { code: givenCode, codeLength, enterCode } = options;
  if (givenCode !== undefined) wormhole.setCode(givenCode);
  else if (enterCode === undefined) wormhole.allocateCode(codeLength);
  emit({ type: "welcome", welcome: await waitFor(meeting, "server", wormhole.getWelcome({ signal })) });
  if (givenCode === undefined && enterCode !== undefined) {
    await unlessAborted(enterCode(wormhole.inputCode(), signal), signal);
  }
  emit({ type: "code", code: await waitFor(meeting, "server", wormhole.getCode({ signal })) });
  await waitFor(meeting, () => awaited(status()), proof(meeting));
}

async function proof({ wormhole, signal, emit }: Meeting): Promise<void> {
  await wormhole.getUnverifiedKey({ signal });
  emit({ type: "key" });
  await wormhole.getVerifier({ signal });
}

/** What a wormhole waits for that has a code. Until the server has this side's half of the key exchange, it is the server. */
function awaited({ connection, unsent, key }: WormholeStatus): WaitingFor {
  if (connection !== "connected" || unsent > 0) return "server";
  return key === "none" ? "peer" : "proof";
}

/** Waits until `work` has settled or the time is up. */
async function within(clock: Clock, milliseconds: number, work: Promise<unknown>): Promise<void> {
  const over = new Once<void>();
  const timer = clock.after(milliseconds, () => over.resolve());
  await Promise.race([work, over.promise]).catch(() => {});
  timer.cancel();
}
