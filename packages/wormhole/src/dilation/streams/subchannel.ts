/** Decides which directions of a subchannel have ended. The two end independently: each side sends CLOSE once. */
import { machine, type Step, stay } from "../../base/machine.ts";

export type SubchannelState =
  /** Data flows in both directions. */
  | { readonly at: "open" }
  /** This side has sent CLOSE, and still reads. */
  | { readonly at: "written" }
  /** The peer has sent CLOSE, and this side still writes. */
  | { readonly at: "read" }
  /** Both directions have ended, or the wormhole has. */
  | { readonly at: "closed" };

export type SubchannelEvent =
  /** This side writes no more. */
  | { readonly on: "finish" }
  /** The peer's CLOSE has come. */
  | { readonly on: "close" }
  /** The wormhole has ended. */
  | { readonly on: "stop"; readonly error: Error };

export type SubchannelEffect =
  | { readonly do: "sendClose" }
  /** End the readable stream after the data that has come. */
  | { readonly do: "endReading" }
  /** Report that both directions have ended. */
  | { readonly do: "over" }
  /** Break the writable stream. */
  | { readonly do: "failWriting"; readonly error: Error }
  /** Break the readable stream after the data that has come, and reject every promise that is pending. */
  | { readonly do: "fail"; readonly error: Error };

type SubchannelStep = Step<SubchannelState, SubchannelEffect>;

const SEND_CLOSE = { do: "sendClose" } as const;
const END_READING = { do: "endReading" } as const;
const OVER = { do: "over" } as const;

export const subchannel = machine<SubchannelState, SubchannelEvent, SubchannelEffect>({
  open: {
    finish: () => [{ at: "written" }, SEND_CLOSE],
    close: () => [{ at: "read" }, END_READING],
    stop: (_, { error }) => [{ at: "closed" }, { do: "failWriting", error }, { do: "fail", error }],
  },
  written: {
    close: () => [{ at: "closed" }, END_READING, OVER],
    stop: fail,
    ...stay("finish"),
  },
  read: {
    finish: () => [{ at: "closed" }, SEND_CLOSE, OVER],
    stop: (_, { error }) => [{ at: "closed" }, { do: "failWriting", error }, { do: "fail", error }],
    ...stay("close"),
  },
  closed: {
    // The peer may not have acknowledged everything yet.
    stop: fail,
    ...stay("finish", "close"),
  },
});

function fail(_: SubchannelState, { error }: { readonly error: Error }): SubchannelStep {
  return [{ at: "closed" }, { do: "fail", error }];
}
