import type { Transfer } from "./api.ts";
import { peerMessageOf } from "./local-error.ts";
import { Meeting, type MeetingOptions } from "./meeting.ts";

/** Starts a transfer: `body` brings the two sides together and moves what is to be moved. */
export function startTransfer<Result>(
  options: MeetingOptions,
  body: (meeting: Meeting<Result>) => Promise<Result>,
): Transfer<Result> {
  const meeting = new Meeting<Result>(options);
  const done = run(meeting, body);
  // Whoever only iterates gets the error there.
  done.catch(() => {});
  return {
    code: meeting.code.promise,
    done,
    [Symbol.asyncIterator]: () => meeting.events[Symbol.asyncIterator](),
  };
}

async function run<Result>(meeting: Meeting<Result>, body: (meeting: Meeting<Result>) => Promise<Result>) {
  try {
    const result = await body(meeting);
    await meeting.leave();
    meeting.emit({ type: "done", result });
    meeting.events.end({});
    return result;
  } catch (caught) {
    // Of several errors that follow from each other, the first is the cause.
    const error: unknown = meeting.signal.aborted ? meeting.signal.reason : caught;
    meeting.farewell?.(meeting.options.signal?.aborted ? "transfer cancelled" : peerMessageOf(error));
    meeting.fail(error);
    meeting.code.reject(error);
    await meeting.leave();
    meeting.events.end({ error });
    throw error;
  }
}
