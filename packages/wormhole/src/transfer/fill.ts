/** Receiving the bytes of an accepted offer into a sink, whatever that is. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { measure } from "../base/timing.ts";
import type { RecordPipe } from "../transit/api.ts";
import { ExcessError } from "../transit/pipe/record-sinks.ts";
import type { TransitReceiver } from "../transit/transit.ts";
import { overPipe, prepareTransit, watchProgress } from "./bulk.ts";
import type { Meeting } from "./context.ts";
import type { ReceivingDialogue } from "./dialogue/dialogue.ts";
import { moreThanAnnounced } from "./local-error.ts";
import { waitFor } from "./waits.ts";

/** Where received bytes go. */
export interface Sink<Stored> {
  /** Takes a piece, which is valid until the promise resolves. */
  write(piece: Uint8Array): Promise<void>;
  /** Called once, with all bytes written: makes them final. Only then are they acknowledged. */
  publish(): Promise<Stored>;
  /** Called if the transfer fails before the end. Never throws. */
  discard(error: unknown): Promise<void>;
}

/** The parts of a receiver. */
export interface ReceiverParts {
  readonly meeting: Meeting;
  readonly transit: TransitReceiver;
  readonly dialogue: ReceivingDialogue;
}

/** Accepts an offer of `size` bytes, receives them, stores them, and only then acknowledges them. */
export async function fill<Stored>(
  receiving: ReceiverParts,
  size: number,
  sink: Sink<Stored>,
): Promise<{ stored: Stored; sha256: string }> {
  const { meeting, transit, dialogue } = receiving;
  const { timing } = meeting.options;
  let result: { stored: Stored; sha256: string } | undefined;
  try {
    await dialogue.accept(await prepareTransit(meeting, transit));
    return await overPipe(meeting, transit, async (pipe) => {
      const sha256 = await receiveBytes(meeting, pipe, size, sink);
      await dialogue.arrived(pipe);
      result = { stored: await waitFor(meeting, "storage", sink.publish()), sha256 };
      const ack = await dialogue.acknowledge(sha256);
      await measure(timing, "confirm", () => pipe.sendRecord(ack));
      return result;
    });
  } catch (error) {
    // The bytes are stored, even if the peer does not get the acknowledgement.
    if (result !== undefined) return result;
    await sink.discard(error);
    throw error;
  }
}

/** Receives all bytes. Returns their SHA-256. */
async function receiveBytes(meeting: Meeting, pipe: RecordPipe, size: number, sink: Sink<unknown>): Promise<string> {
  const hasher = (await meeting.platform.loadBulkCrypto()).sha256();
  await watchProgress(meeting, "receive bytes", size, async (progress) => {
    try {
      for await (const piece of pipe.receiveBulk(size, { signal: meeting.signal })) {
        hasher.update(piece);
        await progress.handOn(sink.write(piece));
        progress.moved(piece.length);
      }
    } catch (error) {
      throw error instanceof ExcessError ? moreThanAnnounced(error) : error;
    }
  });
  return bytesToHex(hasher.digest());
}
