import { TransferError } from "../errors.ts";
import type { RecordPipe, Transit } from "../transit/api.ts";
import type { Dialogue } from "./dialogue/dialogue.ts";
import type { Meeting } from "./meeting.ts";
import { Watchdog } from "./watchdog.ts";

/** Connects, lends the connection to `work`, and closes it; whatever fails, or ends the transfer, drops it. */
export async function overPipe<Result>(
  meeting: Meeting<Result>,
  dialogue: Pick<Dialogue<never, never, Result>, "lastWords">,
  transit: Transit,
  work: (pipe: RecordPipe) => Promise<void>,
): Promise<void> {
  let pipe: RecordPipe | undefined;
  const drop = () => pipe?.destroy();
  meeting.signal.addEventListener("abort", drop);
  try {
    pipe = await transit.connect({ signal: meeting.signal });
    meeting.emit({ type: "connected", description: pipe.description });
    await work(pipe);
    await pipe.close();
  } catch (error) {
    drop();
    await dialogue.lastWords(error);
    throw error;
  } finally {
    meeting.signal.removeEventListener("abort", drop);
  }
}

/** Runs what moves bytes: it tells how many, and they are watched and reported. `name` is what it is called in timings. */
export async function watched<Result>(
  meeting: Meeting<Result>,
  name: "send bytes" | "receive bytes",
  total: number,
  move: (moved: (bytes: number) => void) => Promise<void>,
): Promise<void> {
  let bytes = 0;
  const end = meeting.options.timing?.begin(name, { total });
  const watchdog = new Watchdog(meeting.platform.clock, {
    silent: (seconds) => meeting.emit({ type: "stalled", seconds }),
    dead: (seconds) => meeting.fail(new TransferError(`Nothing has arrived for ${seconds} seconds: gave up.`)),
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
