/** The two machines of the dialogue, step by step. */
import { describe, expect, it } from "vitest";
import type { Machine, Unexpected } from "../../../src/base/machine.ts";
import type {
  KnownOffer,
  Message,
  OwnMessage,
  OwnTransitMessage,
  TransitMessage,
} from "../../../src/transfer/dialogue/messages.ts";
import { type ReceivingEvent, type ReceivingState, receiving } from "../../../src/transfer/dialogue/receiving.ts";
import { type SendingEvent, type SendingState, sending } from "../../../src/transfer/dialogue/sending.ts";

const text: KnownOffer = { kind: "text", message: "hello" };
const file: KnownOffer = { kind: "file", filename: "a.txt", filesize: 5 };
const ours: OwnTransitMessage = { on: "transit", abilities: [], hints: [{ type: "ours" }] };
const theirs: TransitMessage = { on: "transit", hints: [{ type: "theirs" }] };
const useTheirs = { do: "useHints", hints: theirs.hints };
const send = (message: OwnMessage) => ({ do: "send", message });
const sendError = (words: RegExp | string) => ({
  do: "send",
  message: { on: "error", text: expect.stringMatching(words) },
});
const failure = (words: RegExp) => expect.objectContaining({ do: "fail", message: expect.stringMatching(words) });

/** Runs a machine through events. Returns its last state and all effects. */
function run<S extends { at: string }, E extends { on: string }>(
  machine: Machine<S, E, unknown, Unexpected>,
  initial: S,
  events: readonly E[],
) {
  let state = initial;
  const effects: unknown[] = [];
  for (const event of events) {
    const step = machine.step(state, event);
    if (step === "unexpected") return { at: "unexpected", effects };
    const [next, ...done] = step;
    state = next;
    effects.push(...done);
  }
  return { at: state.at, effects };
}

/** Runs the sender. Its `ready` event gets the offer. */
const runSender = (offer: KnownOffer, ...events: SendingEvent[]) =>
  run<SendingState, SendingEvent>(
    sending,
    { at: "waiting" },
    events.map((event) => (event.on === "ready" ? { ...event, offer } : event)),
  );

const runReceiver = (...events: ReceivingEvent[]) =>
  run<ReceivingState, ReceivingEvent>(receiving, { at: "waiting" }, events);

const ready: SendingEvent = { on: "ready", offer: file, versions: {}, transit: ours };
const readyForText: SendingEvent = { on: "ready", offer: text, versions: {} };
const yes: SendingEvent = { on: "answer", to: "data" };
const sent: SendingEvent = { on: "sent", sha256: "ab" };
const error: Message = { on: "error", text: "out of \x1bluck" };

describe("the sender", () => {
  // proves: transfer/transit-first
  it("sends transit and then the offer, as separate messages", () => {
    expect(runSender(file, ready)).toEqual({
      at: "offered",
      effects: [send(ours), send({ on: "offer", offer: file })],
    });
  });

  it("sends no transit for a text", () => {
    expect(runSender(text, readyForText).effects).toEqual([send({ on: "offer", offer: text })]);
  });

  it("sends the bytes after the answer, and succeeds with the ack", () => {
    const { at, effects } = runSender(file, ready, theirs, yes, sent, { on: "ack", ack: "ok", sha256: "ab" });
    expect(at).toBe("over");
    expect(effects.slice(2)).toEqual([useTheirs, { do: "transfer" }, { do: "succeed" }]);
  });

  // proves: transfer/hints-any-time
  it("accepts the peer's transit before its own offer, and during a text", () => {
    expect(runSender(file, theirs, ready).effects[0]).toEqual(useTheirs);
    expect(runSender(text, theirs, readyForText, { on: "answer", to: "text" }).effects.at(-1)).toEqual({
      do: "succeed",
    });
    expect(runSender(text, readyForText, theirs, { on: "answer", to: "text" }).effects.at(-1)).toEqual({
      do: "succeed",
    });
  });

  it("accepts hints after the answer", () => {
    expect(runSender(file, ready, yes, theirs).effects.at(-1)).toEqual(useTheirs);
  });

  it.each<[string, SendingEvent[]]>([
    ["before the offer", []],
    ["instead of an answer", [ready]],
    ["while the bytes flow", [ready, yes]],
    ["instead of the acknowledgement", [ready, yes, sent]],
  ])("ends with the peer's error %s", (_, events) => {
    const { at, effects } = runSender(file, ...events, error);
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual({
      do: "fail",
      message: "The other side gave up the transfer: out of \\x1bluck",
      code: "transfer",
      reason: "out of \x1bluck",
    });
  });

  it.each<[string, SendingEvent[]]>([
    ["before the offer", []],
    ["before the answer", [ready]],
    ["after the answer", [ready, yes]],
    ["before the acknowledgement", [ready, yes, sent]],
  ])("sends its own error to the peer %s", (_, events) => {
    const { at, effects } = runSender(file, ...events, { on: "failed", peerMessage: "the file is gone" });
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual(send({ on: "error", text: "the file is gone" }));
  });

  // proves: transfer/no-text-for-rust
  it("does not offer a text to the Rust program, and informs both sides", () => {
    const rust = { ...readyForText, versions: { abilities: ["transfer-v1"] } };
    expect(runSender(text, rust)).toEqual({ at: "over", effects: [sendError(/text/), failure(/Send a file instead/)] });
    expect(runSender(file, { ...rust, transit: ours }).at).toBe("offered");
  });

  it("turns a rejection into a sentence", () => {
    const { effects } = runSender(file, ready, { on: "error", text: "transfer rejected" });
    expect(effects.at(-1)).toEqual(failure(/^The other side rejected the transfer\.$/));
  });

  // proves: transfer/acknowledgement-checked
  it("succeeds only if the acknowledgement is ok and has no other hash, in upper or lower case", () => {
    const acked = (ack: string, sha256?: string) =>
      runSender(file, ready, yes, sent, { on: "ack", ack, ...(sha256 !== undefined && { sha256 }) }).effects.at(-1);
    expect(acked("ok", "AB")).toEqual({ do: "succeed" });
    expect(acked("ok")).toEqual({ do: "succeed" });
    expect(runSender(file, ready, yes, sent, { on: "ack", ack: "ok" }).effects.at(-2)).toEqual({
      do: "notice",
      notice: { notice: "unverified" },
    });
    expect(acked("ok", "ac")).toEqual(failure(/checksums differ/));
    expect(acked("ok", "")).toEqual(failure(/checksums differ/));
    expect(acked("no\x1b", "ab")).toEqual(failure(/no\\x1b$/));
  });

  it("ends on both sides if the answer does not match the offer", () => {
    const { effects } = runSender(file, ready, { on: "answer", to: "text" });
    expect(effects.slice(2)).toEqual([sendError(/answer/), failure(/does not match the offer/)]);
  });

  it.each<[string, SendingEvent[]]>([
    ["before", []],
    ["after", [ready]],
  ])("detects that both sides send, %s its offer", (_, events) => {
    const { at, effects } = runSender(file, ...events, { on: "offer", offer: file });
    expect(at).toBe("over");
    expect(effects.slice(-2)).toEqual([
      sendError(/both/),
      failure(/^Both sides are trying to send\. One of you must run `wormhole receive`\.$/),
    ]);
  });

  it("rejects an answer without an offer", () => {
    expect(runSender(file, yes).at).toBe("unexpected");
  });

  it("ignores everything after the end", () => {
    const { effects } = runSender(file, error, ready, theirs, yes, error, { on: "failed", peerMessage: "x" });
    expect(effects).toHaveLength(1);
  });
});

const offer: ReceivingEvent = { on: "offer", offer: file };
const accepted: ReceivingEvent = { on: "accepted", transit: ours };
const arrived: ReceivingEvent = { on: "arrived" };

describe("the receiver", () => {
  // proves: transfer/acknowledged-when-stored, transfer/transit-first
  it("asks, sends transit and then its answer, and acknowledges when everything is stored", () => {
    expect(runReceiver(theirs, offer, accepted, arrived, { on: "stored", sha256: "ab" })).toEqual({
      at: "over",
      effects: [
        useTheirs,
        { do: "ask", offer: file },
        send(ours),
        send({ on: "answer", to: "data" }),
        { do: "transfer" },
        { do: "acknowledge", sha256: "ab" },
        { do: "succeed" },
      ],
    });
  });

  it("answers a text without transit", () => {
    expect(runReceiver({ on: "offer", offer: text }, { on: "accepted" })).toEqual({
      at: "over",
      effects: [{ do: "ask", offer: text }, send({ on: "answer", to: "text" }), { do: "succeed" }],
    });
  });

  // proves: transfer/hints-any-time
  it("accepts an offer before any transit, and hints at any time", () => {
    expect(runReceiver(offer, theirs, accepted).effects).toContainEqual(useTheirs);
    expect(runReceiver(offer, accepted, theirs).effects.at(-1)).toEqual(useTheirs);
  });

  it("sends an error to the peer if the person refuses", () => {
    const { at, effects } = runReceiver(offer, { on: "failed", peerMessage: "transfer rejected" });
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual(send({ on: "error", text: "transfer rejected" }));
  });

  it.each<[string, ReceivingEvent[]]>([
    ["before the offer", []],
    ["before the person's answer", [offer]],
    ["while bytes flow", [offer, accepted]],
  ])("sends its own error %s, and ends with the peer's", (_, events) => {
    expect(runReceiver(...events, { on: "failed", peerMessage: "disk full" }).effects.at(-1)).toEqual(
      send({ on: "error", text: "disk full" }),
    );
    expect(runReceiver(...events, error).effects.at(-1)).toEqual(failure(/out of/));
  });

  // proves: transfer/arrived-is-kept
  it.each<[string, ReceivingEvent]>([
    ["an error", error],
    ["a second offer", offer],
    ["hints", theirs],
    ["an answer", { on: "answer", to: "data" }],
  ])("stores what has arrived whatever the peer says: %s", (_, message) => {
    const { at, effects } = runReceiver(offer, accepted, arrived, message, { on: "stored", sha256: "ab" });
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual({ do: "succeed" });
  });

  it("tells the peer if it cannot be stored", () => {
    expect(runReceiver(offer, accepted, arrived, { on: "failed", peerMessage: "disk full" }).effects.at(-1)).toEqual(
      send({ on: "error", text: "disk full" }),
    );
  });

  // proves: transfer/one-offer
  it.each<[string, ReceivingEvent[]]>([
    ["before consent", [offer]],
    ["after consent", [offer, accepted]],
  ])("ends on both sides with a second offer %s", (_, events) => {
    const { at, effects } = runReceiver(...events, { on: "offer", offer: { ...file, filename: "b" } });
    expect(at).toBe("over");
    expect(effects.slice(-2)).toEqual([sendError(/one offer/), failure(/second offer/)]);
  });

  it("refuses an unknown offer and an unknown mode, in the words of the other programs", () => {
    expect(runReceiver({ on: "offer", offer: { kind: "unknown" } }).effects).toEqual([
      sendError(/^unknown offer type$/),
      failure(/does not support/),
    ]);
    const tar: KnownOffer = { kind: "directory", mode: "tar", dirname: "d", zipsize: 1, numbytes: 1, numfiles: 1 };
    expect(runReceiver({ on: "offer", offer: tar }).effects[0]).toEqual(sendError(/^unknown mode$/));
    expect(runReceiver({ on: "offer", offer: { ...tar, mode: "zipfile/stored" } }).at).toBe("asking");
  });

  it("rejects an answer", () => {
    expect(runReceiver({ on: "answer", to: "data" }).at).toBe("unexpected");
  });
});
