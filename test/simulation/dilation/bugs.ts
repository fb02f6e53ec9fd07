/**
 * Bugs planted on purpose: the simulation must find every one of them. They are plausible mistakes of programmers, and
 * some of them are mistakes of existing programs. Most are planted in machines' tables or in records on the wire. Only bugs
 * that neither can express are planted in a method.
 */
import type { Random } from "../../../packages/wormhole/src/base/random.ts";
import { AddressWatch } from "../../../packages/wormhole/src/dilation/connection/address-watch.ts";
import { Dilation } from "../../../packages/wormhole/src/dilation/dilation.ts";
import { Arrivals } from "../../../packages/wormhole/src/dilation/streams/arrivals.ts";
import { Channel } from "../../../packages/wormhole/src/dilation/streams/channel.ts";
import { FramedConnection } from "../../../packages/wormhole/src/dilation/streams/framed-connection.ts";
import { Inflow } from "../../../packages/wormhole/src/dilation/streams/inflow.ts";
import { Receiving } from "../../../packages/wormhole/src/dilation/streams/receiving.ts";
import { RecordCutter } from "../../../packages/wormhole/src/transit/pipe/record-cutter.ts";
import type { Bug } from "../bugs.ts";
import { both, cell, does, method, omit, sends, skip, without } from "./planting.ts";
import { ACK, CREDIT, PING, renumber, seqnumOf, suppress, tamper } from "./tampering.ts";

const always: Random = (length) => new Uint8Array(length).fill(5);

const inTables: readonly Bug[] = [
  cell(
    "the leader begins a new generation before the follower has dropped the old one",
    "manager: connected, lost",
    (right) => (state, event, random) => {
      const [next, ...effects] = right(state, event, random);
      if (state.role !== "leader") return [next, ...effects];
      const generation = Number(state.generation) + 1;
      return [{ ...state, at: "connecting", generation }, ...effects, { do: "connect", role: "leader", generation }];
    },
  ),
  skip("a lost connection is not replaced", "manager: connected, lost"),
  cell(
    "the follower does not report that it has dropped the old generation",
    "manager: connected, reconnect",
    without(sends("reconnecting")),
  ),
  cell("the follower does not drop the old generation", "manager: lonely, reconnect", without(does("disconnect"))),
  cell(
    "a generation is not counted",
    "manager: flushing, reconnecting",
    (right) => (state, event, random) => right({ ...state, generation: Number(state.generation) - 1 }, event, random),
  ),
  skip("hints are not used", "manager: connecting, hints"),
  skip("a side that finds no way gives up", "manager: connecting, stuck"),
  cell("no goodbye is sent", "manager: connected, leave", without(sends("goodbye"))),
  skip("a goodbye is ignored", "manager: connected, goodbye"),
  both(
    ...["looking", "relayed", "direct"].map((at) =>
      cell("connections in the making stay, and so does the port", `connector: ${at}, close`, without(does("end"))),
    ),
  ),
  cell(
    "the follower takes a connection before the leader has chosen it",
    "handshake: invitation, bytes",
    (right) => (state, event, random) => {
      const [next, ...effects] = right(state, event, random);
      if (next.at !== "choice") return [next, ...effects];
      return [{ at: "chosen", keys: next.keys }, ...effects, { do: "chosen", rest: new Uint8Array() }];
    },
  ),
  cell(
    "the leader does not wait for the follower's proof",
    "handshake: answer, bytes",
    (right) => (state, event, random) => {
      const [next, ...effects] = right(state, event, random);
      if (next.at !== "confirmation") return [next, ...effects];
      return [{ at: "ready", keys: next.keys }, ...effects, { do: "ready" }];
    },
  ),
  both(
    ...["invitation", "prologue"].map((at) =>
      cell(
        "all connections have the same keys",
        `handshake: ${at}, bytes`,
        (right) => (state, event) => right(state, event, always),
      ),
    ),
  ),
  cell(
    "silence is never treated as a loss",
    "keepalive: asking, tick",
    (right) => (state, event, random) => right(state, { ...event, received: true }, random),
  ),
  both(...["trusting", "asking"].map((at) => skip("the keep-alive outlives its connection", `keepalive: ${at}, lost`))),
  cell("the peer's CLOSE ends the writing direction, too", "subchannel: open, close", () => () => [
    { at: "closed" },
    { do: "sendClose" },
    { do: "endReading" },
    { do: "over" },
  ]),
  both(...["open", "written"].map((at) => skip("CLOSE is ignored", `subchannel: ${at}, close`))),
];

const inRecords: readonly Bug[] = [
  tamper("unacknowledged records are not sent again", () => {
    let next = 0;
    const sealing = (record: Uint8Array) => {
      const seqnum = seqnumOf(record) ?? next;
      if (seqnum < next) suppress(record);
      else if (seqnumOf(record) !== undefined) next = seqnum + 1;
    };
    return { sealing };
  }),
  tamper("sending again begins one record too late", () => {
    const begun = new Set<Uint8Array>();
    const sealing = (record: Uint8Array, key: Uint8Array) => {
      if (seqnumOf(record) === undefined || begun.has(key)) return;
      if (begun.size > 0) suppress(record);
      begun.add(key);
    };
    return { sealing };
  }),
  tamper("an acknowledgement covers one record too many", () => ({
    sealing: (record) => record[0] === ACK && renumber(record, (seqnum) => seqnum + 1),
  })),
  tamper("an acknowledgement covers one record too few", () => ({
    opened: (record) => record[0] === ACK && renumber(record, (seqnum) => Math.max(0, seqnum - 1)),
  })),
  tamper("pings are not answered", () => ({ opened: (record) => record[0] === PING && suppress(record) })),
  tamper("credit is never given", () => ({ sealing: (record) => record[0] === CREDIT && suppress(record) })),
  tamper("credit that was lost with a connection is not given again", () => {
    const given = new Set<string>();
    const sealing = (record: Uint8Array) => {
      if (record[0] !== CREDIT) return;
      if (given.has(record.join())) suppress(record);
      given.add(record.join());
    };
    return { sealing };
  }),
  tamper("both sides number their subchannels alike", () => ({
    sealing: (record) => seqnumOf(record) !== undefined && renumber(record, (id) => id | 1),
  })),
  tamper("chunks are given to the application in memory that is used again", () => {
    const shared = new Uint8Array(256 * 1024);
    return { fresh: (length) => shared.subarray(0, length) };
  }),
];

/** The next sequence number of each receiver, counted here independently. */
const expected = new WeakMap<Receiving, number>();
/** Dilations whose peer is known. */
const begun = new WeakSet<Dilation>();

const inMethods: readonly Bug[] = [
  method(
    "records that come twice are delivered twice",
    Receiving,
    "take",
    (right) =>
      function (record) {
        const next = expected.get(this) ?? 0;
        if (record.type === "data" && record.seqnum < next)
          this.channels.get(record.subchannel)?.receive(record.payload);
        if ("seqnum" in record && record.type !== "ack") expected.set(this, Math.max(next, record.seqnum + 1));
        right.call(this, record);
      },
  ),
  method(
    "a subchannel that is opened before there is a listener is forgotten",
    Arrivals,
    "add",
    (right) =>
      function (channel) {
        if (this.isClaimed) right.call(this, channel);
      },
  ),
  method(
    "the end overtakes data that waits for the reader",
    Inflow,
    "end",
    (right) =>
      function (error) {
        if (error === undefined) this.ignore();
        right.call(this, error);
      },
  ),
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
  method("writers are never held back", Channel, "room", () => () => null),
  both(
    method(
      "control messages from before the peer is known are lost",
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
  omit("a reader that has cancelled still gets data", Inflow, "ignore"),
  omit("a paused connection stays paused", FramedConnection, "resume"),
  omit("a connection is never paused", FramedConnection, "pause"),
  omit("an old connection is not dropped", FramedConnection, "drop"),
  omit("a record that comes in two pieces is lost", RecordCutter, "retain"),
  omit("the address watch outlives its dilation", AddressWatch, "stop"),
];

export const bugs: readonly Bug[] = [...inTables, ...inRecords, ...inMethods];
