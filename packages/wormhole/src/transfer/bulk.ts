/** The transit of a transfer: how it is set up, how its connection is used and closed, and how its progress is watched. */
import { onAbort, unlessAborted } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import { pick } from "../base/pick.ts";
import { TransitError } from "../errors.ts";
import { type RecordPipe, TRANSIT_OPTIONS, type Transit, type TransitOptions } from "../transit/api.ts";
import { FILE_TRANSFER_APP_ID, type WaitingFor } from "./api.ts";
import type { Meeting } from "./context.ts";
import type { OwnTransitMessage } from "./dialogue/messages.ts";
import { untilSent, Wait, waitFor } from "./waits.ts";

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
    pipe = await waitFor(meeting, untilSent(meeting, "connection"), transit.connect({ signal }));
    meeting.emit({ type: "connected", description: pipe.description });
    const result = await work(pipe);
    // By now both sides have what they need, so that a loss of the connection changes nothing.
    await pipe.close().catch(() => {});
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

/** What each side waits for while bytes move: first where they come from, then where they go. */
const WAITS: { readonly [N in BulkWork]: readonly [source: WaitingFor, sink: WaitingFor] } = {
  "send bytes": ["storage", "bytes"],
  "receive bytes": ["bytes", "storage"],
};

type BulkWork = "send bytes" | "receive bytes";

/** The two functions with which a loop over bytes reports what it does. */
export interface Progress {
  /** Notes that so many bytes have moved. */
  readonly moved: (bytes: number) => void;
  /** Waits until the bytes are taken: by the connection at the sender, by the disk at the receiver. */
  readonly handOn: (taken: Promise<void>) => Promise<void>;
}

/**
 * Runs `move`, which moves `total` bytes. Emits the progress, and the waits for the peer and for the disk. `name` is the
 * name of the span in the timing.
 */
export async function watchProgress(
  meeting: Meeting,
  name: BulkWork,
  total: number,
  move: (progress: Progress) => Promise<void>,
): Promise<void> {
  let bytes = 0;
  const end = meeting.options.timing?.begin(name, { total });
  const [source, sink] = WAITS[name];
  const wait = new Wait(meeting, source);
  try {
    await move({
      moved(count) {
        wait.moved(count);
        bytes += count;
        meeting.emit({ type: "progress", bytes, total });
      },
      handOn: (taken) => wait.during(sink, taken),
    });
  } finally {
    wait.stop();
    end?.({ bytes });
  }
  meeting.emit({ type: "finishing" });
}
