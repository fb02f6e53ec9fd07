/** The transit of a transfer: how it is set up, how its connection is used and closed, and how its progress is watched. */
import { onAbort, unlessAborted } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import { pick } from "../base/pick.ts";
import { TransferError, TransitError } from "../errors.ts";
import { type RecordPipe, TRANSIT_OPTIONS, type Transit, type TransitOptions } from "../transit/api.ts";
import { FILE_TRANSFER_APP_ID } from "./api.ts";
import type { Meeting } from "./context.ts";
import type { OwnTransitMessage } from "./dialogue/messages.ts";
import { Watchdog } from "./watchdog.ts";

const TRANSIT_KEY_BYTES = 32;

/**
 * How long the peer's `error` message may take after its connection was lost. If it arrives in time, the transfer ends
 * with the peer's reason instead of a lost connection.
 */
const PEER_REASON_DEADLINE_MS = 1_000;

/**
 * The options of the transit that belongs to a transfer. With Tor, `platform` has its streams already: `tor` is left
 * out, so that wormhole and transit share circuits.
 */
export function transitOptions({ options, signal, platform }: Meeting): TransitOptions {
  return { ...pick<TransitOptions>(options, TRANSIT_OPTIONS), signal, platform, tor: undefined };
}

/** Prepares a transit for connecting: sets its key and opens its port. Returns the message that the peer needs. */
export async function prepareTransit(meeting: Meeting, transit: Transit): Promise<OwnTransitMessage> {
  const { wormhole, signal, options } = meeting;
  const hints = await unlessAborted(transit.getConnectionHints(), signal);
  transit.setTransitKey(wormhole.deriveKey(`${options.appId ?? FILE_TRANSFER_APP_ID}/transit-key`, TRANSIT_KEY_BYTES));
  return { on: "transit", abilities: transit.getConnectionAbilities(), hints };
}

/** Connects, runs `work`, and closes the connection. If anything fails or the transfer ends, the connection is dropped. */
export async function overPipe<Result>(
  meeting: Meeting,
  transit: Transit,
  work: (pipe: RecordPipe) => Promise<Result>,
): Promise<Result> {
  const { signal } = meeting;
  let pipe: RecordPipe | undefined;
  const stop = onAbort(signal, () => pipe?.destroy());
  try {
    pipe = await transit.connect({ signal });
    meeting.emit({ type: "connected", description: pipe.description });
    const result = await work(pipe);
    await pipe.close();
    return result;
  } catch (error) {
    pipe?.destroy();
    if (error instanceof TransitError) await awaitPeerReason(meeting);
    throw error;
  } finally {
    stop();
  }
}

async function awaitPeerReason({ platform, signal }: Meeting): Promise<void> {
  const timeUp = new Once<void>();
  const timer = platform.clock.after(PEER_REASON_DEADLINE_MS, () => timeUp.resolve());
  await unlessAborted(timeUp.promise, signal).catch(() => {});
  timer.cancel();
}

/**
 * Runs `move`, which moves `total` bytes and reports how many each time. Emits the progress, and ends the transfer if
 * nothing moves for two minutes. `name` is the name of the span in the timing.
 */
export async function watchProgress(
  meeting: Meeting,
  name: "send bytes" | "receive bytes",
  total: number,
  move: (moved: (bytes: number) => void) => Promise<void>,
): Promise<void> {
  let bytes = 0;
  const end = meeting.options.timing?.begin(name, { total });
  const watchdog = new Watchdog(meeting.platform.clock, {
    stalled: (seconds) =>
      meeting.emit({ type: "stalled", waitingFor: "bytes", seconds, since: Date.now() - seconds * 1000 }),
    dead: (seconds) => meeting.fail(new TransferError(`No data has moved for ${seconds} seconds. Gave up.`, { code: "stalled" })),
  });
  try {
    await move((count) => {
      watchdog.touch();
      bytes += count;
      meeting.emit({ type: "progress", bytes, total });
    });
  } finally {
    watchdog.stop();
    end?.({ bytes });
  }
  meeting.emit({ type: "finishing" });
}
