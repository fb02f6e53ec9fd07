import { machine, type Step, stay } from "../../base/machine.ts";

/** The two directions of a subchannel, which end independently: each side says CLOSE once. */
export type SubchannelState =
  | { readonly at: "open" }
  /** We have said CLOSE, and still read. */
  | { readonly at: "written" }
  /** The other side has said CLOSE, and still reads. */
  | { readonly at: "read" }
  | { readonly at: "closed" };

export type SubchannelEvent =
  /** We write no more. */
  | { readonly on: "finish" }
  /** CLOSE came. */
  | { readonly on: "close" };

export type SubchannelEffect =
  | { readonly do: "sendClose" }
  /** Nothing more comes. */
  | { readonly do: "endReading" }
  /** Both directions have ended. */
  | { readonly do: "over" };

const SEND_CLOSE = { do: "sendClose" } as const;
const END_READING = { do: "endReading" } as const;
const OVER = { do: "over" } as const;

export const subchannel = machine<SubchannelState, SubchannelEvent, SubchannelEffect>({
  open: {
    finish: (): Step<SubchannelState, SubchannelEffect> => [{ at: "written" }, SEND_CLOSE],
    close: () => [{ at: "read" }, END_READING],
  },
  written: {
    close: () => [{ at: "closed" }, END_READING, OVER],
    ...stay("finish"),
  },
  read: {
    finish: () => [{ at: "closed" }, SEND_CLOSE, OVER],
    ...stay("close"),
  },
  closed: stay("finish", "close"),
});
