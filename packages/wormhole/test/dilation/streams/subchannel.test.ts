/** The machine of a subchannel: its two directions end independently, or together with the wormhole. */
import { expect, it } from "vitest";
import { type SubchannelEvent, type SubchannelState, subchannel } from "../../../src/dilation/streams/subchannel.ts";

const error = new Error("over");
const stop = { on: "stop", error } as const;
const fail = { do: "fail", error } as const;
const failWriting = { do: "failWriting", error } as const;
const sendClose = { do: "sendClose" } as const;
const endReading = { do: "endReading" } as const;
const over = { do: "over" } as const;

const STEPS: readonly [SubchannelState["at"], SubchannelEvent, SubchannelState["at"], ...object[]][] = [
  ["open", { on: "finish" }, "written", sendClose],
  ["open", { on: "close" }, "read", endReading],
  ["open", stop, "closed", failWriting, fail],
  ["written", { on: "finish" }, "written"],
  ["written", { on: "close" }, "closed", endReading, over],
  ["written", stop, "closed", fail],
  ["read", { on: "finish" }, "closed", sendClose, over],
  ["read", { on: "close" }, "read"],
  ["read", stop, "closed", failWriting, fail],
  ["closed", { on: "finish" }, "closed"],
  ["closed", { on: "close" }, "closed"],
  ["closed", stop, "closed", fail],
];

it.each(STEPS.map(([at, event, ...rest]) => [at, event.on, event, rest] as const))(
  "in the state `%s`, the event `%s` leads to the right state and effects",
  (at, _, event, [next, ...effects]) => {
    expect(subchannel.step({ at }, event)).toEqual([{ at: next }, ...effects]);
  },
);
