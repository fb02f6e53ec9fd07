/**
 * Bugs planted on purpose in the parts of a dilation: the simulator must find every one of them. They are the mistakes
 * that one could really make, and several that existing programs have made.
 */

import type { Random } from "../../../packages/wormhole/src/base/random.ts";
import { Lookout } from "../../../packages/wormhole/src/dilation/connection/address-watch.ts";
import { ConnectorDriver } from "../../../packages/wormhole/src/dilation/connection/connector-driver.ts";
import { KeepaliveDriver } from "../../../packages/wormhole/src/dilation/connection/keepalive-driver.ts";
import { Dilation } from "../../../packages/wormhole/src/dilation/dilation.ts";
import { Channel } from "../../../packages/wormhole/src/dilation/streams/channel.ts";
import { Channels, Door } from "../../../packages/wormhole/src/dilation/streams/channels.ts";
import { Inflow } from "../../../packages/wormhole/src/dilation/streams/inflow.ts";
import { Link } from "../../../packages/wormhole/src/dilation/streams/link.ts";
import { Outbox } from "../../../packages/wormhole/src/dilation/streams/outbox.ts";
import { Traffic } from "../../../packages/wormhole/src/dilation/streams/traffic.ts";
import { FrameOpener } from "../../../packages/wormhole/src/dilation/wire/frames.ts";
import { RecordCutter } from "../../../packages/wormhole/src/transit/pipe/record-cutter.ts";
import type { Bug } from "../bugs.ts";
import { both, cell, type Loose, method, type Transition, without } from "./planting.ts";

const nothing = () => () => {};
const stay = (): Transition => (state) => [state];
const says = (type: string) => (effect: Loose) => effect.do === "say" && effect.message?.type === type;
const does = (what: string) => (effect: Loose) => effect.do === what;

/** Numbers of the next record that each side expects, counted once more. */
const expected = new WeakMap<Traffic, number>();

/** Dilations that know of the other side. */
const begun = new WeakSet<Dilation>();

const always: Random = (length) => new Uint8Array(length).fill(5);

export const bugs: readonly Bug[] = [
  method("what was not acknowledged is not sent again", Outbox, "rewind", nothing),
  method(
    "sending again begins one too late",
    Outbox,
    "rewind",
    (right) =>
      function () {
        right.call(this);
        if (this.peek() !== undefined) this.shift();
      },
  ),
  method(
    "an acknowledgement is taken for one record more",
    Outbox,
    "acknowledge",
    (right) =>
      function (seqnum) {
        return right.call(this, seqnum + 1) || right.call(this, seqnum);
      },
  ),
  method(
    "an acknowledgement is taken for one record less",
    Outbox,
    "acknowledge",
    (right) =>
      function (seqnum) {
        return seqnum === 0 || right.call(this, seqnum - 1);
      },
  ),
  method(
    "what comes twice is delivered twice",
    Traffic,
    "take",
    (right) =>
      function (record) {
        const next = expected.get(this) ?? 0;
        if (record.type === "data" && record.seqnum < next) this.channels.received(record.subchannel, record.payload);
        if ("seqnum" in record && record.type !== "ack") expected.set(this, Math.max(next, record.seqnum + 1));
        right.call(this, record);
      },
  ),
  method(
    "pings are not answered",
    Traffic,
    "take",
    (right) =>
      function (record) {
        if (record.type !== "ping") right.call(this, record);
      },
  ),
  method("credit is given once only", Traffic, "grant", nothing),
  method("credit that was lost with a connection is not given again", Channels, "granted", () => function* () {}),
  method(
    "both sides count subchannels alike",
    Channels,
    "assign",
    (right) =>
      function (_, credits) {
        right.call(this, "leader", credits);
      },
  ),
  method(
    "a subchannel that is opened before somebody listens is forgotten",
    Door,
    "arrive",
    (right) =>
      function (channel) {
        if (this.isOpen) right.call(this, channel);
      },
  ),
  method(
    "the end comes before what waits for the reader",
    Inflow,
    "end",
    (right) =>
      function (error) {
        if (error === undefined) this.ignore();
        right.call(this, error);
      },
  ),
  method("who turns away hears on", Inflow, "ignore", nothing),
  method("nobody is held back", Channel, "room", () => () => null),
  method(
    "closing does not wait until everything has arrived",
    Channel,
    "finish",
    (right) =>
      function () {
        right.call(this).catch(() => {});
        return Promise.resolve();
      },
  ),
  method("CLOSE is forgotten", Channel, "receiveClose", nothing),
  method("a connection that was paused stays so", Link, "resume", nothing),
  method("a connection is never paused", Link, "pause", nothing),
  method("an old connection is not dropped", Link, "drop", nothing),
  method("a chunk is given away in memory that is used again", FrameOpener, "open", (right) => {
    const shared = new Uint8Array(256 * 1024);
    return function (frame) {
      const record = right.call(this, frame);
      shared.set(record);
      return shared.subarray(0, record.length);
    };
  }),
  method("a record that comes in two pieces is lost", RecordCutter, "retain", nothing),
  method("looking around does not end", Lookout, "stop", nothing),
  method("the watch over a connection does not end with it", KeepaliveDriver, "lost", nothing),
  method("a connection of somebody else stays, and the port", ConnectorDriver, "close", nothing),
  both(
    method(
      "what is said before we know of the other side is lost",
      Dilation,
      "start",
      (right) =>
        function (key) {
          begun.add(this);
          right.call(this, key);
        },
    ),
    method(
      "",
      Dilation,
      "received",
      (right) =>
        function (message) {
          if (begun.has(this)) right.call(this, message);
        },
    ),
  ),
  cell(
    "the leader begins anew before the follower has let go",
    "manager",
    "connected",
    "lost",
    (right) => (state, event, random) => {
      if (state.role !== "leader") return right(state, event, random);
      const [, ...effects] = right(state, event, random);
      const generation = Number(state.generation) + 1;
      return [{ ...state, at: "connecting", generation }, ...effects, { do: "connect", role: "leader", generation }];
    },
  ),
  cell("a lost connection is not mended", "manager", "connected", "lost", stay),
  cell(
    "the follower does not say that it has let go",
    "manager",
    "connected",
    "reconnect",
    without(says("reconnecting")),
  ),
  cell("the follower does not let go", "manager", "lonely", "reconnect", without(does("disconnect"))),
  cell(
    "a generation is not counted",
    "manager",
    "flushing",
    "reconnecting",
    (right) => (state, event, random) => right({ ...state, generation: Number(state.generation) - 1 }, event, random),
  ),
  cell("hints are not used", "manager", "connecting", "hints", stay),
  cell("who finds no way gives up", "manager", "connecting", "stuck", stay),
  cell("nobody says goodbye", "manager", "connected", "leave", without(says("goodbye"))),
  cell("goodbye is not heard", "manager", "connected", "goodbye", stay),
  cell(
    "the follower takes a connection before the leader has chosen it",
    "handshake",
    "invitation",
    "bytes",
    (right) => (state, event, random) => {
      const [next, ...effects] = right(state, event, random);
      return next.at === "word"
        ? [{ at: "chosen", keys: next.keys }, ...effects, { do: "chosen", rest: new Uint8Array() }]
        : [next, ...effects];
    },
  ),
  cell(
    "the leader does not wait for the follower's proof",
    "handshake",
    "answer",
    "bytes",
    (right) => (state, event, random) => {
      const [next, ...effects] = right(state, event, random);
      return next.at === "confirmation"
        ? [{ at: "ready", keys: next.keys }, ...effects, { do: "ready" }]
        : [next, ...effects];
    },
  ),
  both(
    cell(
      "all connections have the same keys",
      "handshake",
      "invitation",
      "bytes",
      (right) => (state, event) => right(state, event, always),
    ),
    cell("", "handshake", "prologue", "bytes", (right) => (state, event) => right(state, event, always)),
  ),
  cell(
    "silence is never the end",
    "keepalive",
    "asking",
    "tick",
    (right) => (state, event, random) => right(state, { ...event, heard: true }, random),
  ),
  cell("the other side's CLOSE ends the writing too", "subchannel", "open", "close", () => () => [
    { at: "closed" },
    { do: "sendClose" },
    { do: "endReading" },
    { do: "over" },
  ]),
];
