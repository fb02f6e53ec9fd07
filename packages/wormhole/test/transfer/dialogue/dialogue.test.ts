import { describe, expect, it } from "vitest";
import type { Message, OfferMessage, TransitMessage } from "../../../src/transfer/dialogue/messages.ts";
import { type ReceivingEvent, type ReceivingState, receiving } from "../../../src/transfer/dialogue/receiving.ts";
import { type SendingEvent, type SendingState, sending } from "../../../src/transfer/dialogue/sending.ts";

const text: OfferMessage = { kind: "text", message: "hello" };
const file: OfferMessage = { kind: "file", filename: "a.txt", filesize: 5 };
const ours: TransitMessage = { on: "transit", abilities: [], hints: [{ type: "ours" }] };
const theirs: TransitMessage = { on: "transit", abilities: [], hints: [{ type: "theirs" }] };
const useTheirs = { do: "useHints", hints: theirs.hints };
const send = (message: Message) => ({ do: "send", message });
const sendError = (words: RegExp | string) => ({
  do: "send",
  message: { on: "error", text: expect.stringMatching(words) },
});
const failure = (words: RegExp) => expect.objectContaining({ do: "fail", message: expect.stringMatching(words) });

/** Runs a sender through events; gives its last state and every effect. */
function send_(offer: OfferMessage, ...events: SendingEvent[]) {
  let state: SendingState = { at: "waiting", offer };
  const effects: unknown[] = [];
  for (const event of events) {
    const step = sending.step(state, event);
    if (step === "unexpected") return { at: "unexpected", effects };
    const [next, ...done] = step;
    state = next;
    effects.push(...done);
  }
  return { at: state.at, effects };
}

/** The same for a receiver. */
function receive(...events: ReceivingEvent[]) {
  let state: ReceivingState = { at: "waiting" };
  const effects: unknown[] = [];
  for (const event of events) {
    const step = receiving.step(state, event);
    if (step === "unexpected") return { at: "unexpected", effects };
    const [next, ...done] = step;
    state = next;
    effects.push(...done);
  }
  return { at: state.at, effects };
}

const ready: SendingEvent = { on: "ready", versions: {}, transit: ours };
const readyForText: SendingEvent = { on: "ready", versions: {} };
const yes: SendingEvent = { on: "answer", to: "data" };
const sent: SendingEvent = { on: "sent", sha256: "ab" };
const error: Message = { on: "error", text: "out of \x1bluck" };

describe("the sender", () => {
  it("F-1: says transit, then the offer, each as its own message", () => {
    expect(send_(file, ready)).toEqual({ at: "offered", effects: [send(ours), send({ on: "offer", offer: file })] });
  });

  it("says no transit for a text", () => {
    expect(send_(text, readyForText).effects).toEqual([send({ on: "offer", offer: text })]);
  });

  it("sends the bytes after the answer, and succeeds with the ack", () => {
    const { at, effects } = send_(file, ready, theirs, yes, sent, { on: "ack", ack: "ok", sha256: "ab" });
    expect(at).toBe("over");
    expect(effects.slice(2)).toEqual([useTheirs, { do: "transfer" }, { do: "succeed" }]);
  });

  it("F-3: takes the other side's transit before its own offer, and during a text", () => {
    expect(send_(file, theirs, ready).effects[0]).toEqual(useTheirs);
    expect(send_(text, theirs, readyForText, { on: "answer", to: "text" }).effects.at(-1)).toEqual({ do: "succeed" });
    expect(send_(text, readyForText, theirs, { on: "answer", to: "text" }).effects.at(-1)).toEqual({ do: "succeed" });
  });

  it("takes hints that come after the answer", () => {
    expect(send_(file, ready, yes, theirs).effects.at(-1)).toEqual(useTheirs);
  });

  it.each<[string, SendingEvent[]]>([
    ["before the offer", []],
    ["instead of an answer", [ready]],
    ["while the bytes flow", [ready, yes]],
    ["instead of an ack", [ready, yes, sent]],
  ])("F-3: ends with the other side's error %s", (_, events) => {
    const { at, effects } = send_(file, ...events, error);
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual({
      do: "fail",
      message: "The other side gave up the transfer: out of \\x1bluck",
      reason: "out of \x1bluck",
    });
  });

  it.each<[string, SendingEvent[]]>([
    ["before the offer", []],
    ["before the answer", [ready]],
    ["after the answer", [ready, yes]],
    ["before the ack", [ready, yes, sent]],
  ])("F-7: tells the other side of a failure %s", (_, events) => {
    const { at, effects } = send_(file, ...events, { on: "failed", told: "the file is gone" });
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual(send({ on: "error", text: "the file is gone" }));
  });

  it("F-9: does not offer a text to a Rust program, and tells both sides why", () => {
    const rust: SendingEvent = { on: "ready", versions: { abilities: ["transfer-v1"] } };
    expect(send_(text, rust)).toEqual({ at: "over", effects: [sendError(/text/), failure(/send a file instead/)] });
    expect(send_(file, { ...rust, transit: ours }).at).toBe("offered");
  });

  it("a rejection is a sentence", () => {
    const { effects } = send_(file, ready, { on: "error", text: "transfer rejected" });
    expect(effects.at(-1)).toEqual(failure(/^The other side rejected the transfer\.$/));
  });

  it("F-6: an ack must say ok, and its hash must be ours, in any case of letters", () => {
    const acked = (ack: string, sha256?: string) =>
      send_(file, ready, yes, sent, { on: "ack", ack, ...(sha256 !== undefined && { sha256 }) }).effects.at(-1);
    expect(acked("ok", "AB")).toEqual({ do: "succeed" });
    expect(acked("ok")).toEqual({ do: "succeed" });
    expect(acked("ok", "ac")).toEqual(failure(/checksums differ/));
    expect(acked("ok", "")).toEqual(failure(/checksums differ/));
    expect(acked("no\x1b", "ab")).toEqual(failure(/no\\x1b$/));
  });

  it("an answer to something else than was offered ends it, for both sides", () => {
    const { effects } = send_(file, ready, { on: "answer", to: "text" });
    expect(effects.slice(2)).toEqual([sendError(/answer/), failure(/something else/)]);
  });

  it.each<[string, SendingEvent[]]>([
    ["before", []],
    ["after", [ready]],
  ])("two senders find out that they are two, %s the offer", (_, events) => {
    const { at, effects } = send_(file, ...events, { on: "offer", offer: file });
    expect(at).toBe("over");
    expect(effects.slice(-2)).toEqual([sendError(/both/), failure(/one of the two must receive/)]);
  });

  it("an answer to no question is unexpected", () => {
    expect(send_(file, yes).at).toBe("unexpected");
  });

  it("after the end nothing happens", () => {
    const { effects } = send_(file, error, ready, theirs, yes, error, { on: "failed", told: "x" });
    expect(effects).toHaveLength(1);
  });
});

const offer: ReceivingEvent = { on: "offer", offer: file };
const accepted: ReceivingEvent = { on: "accepted", transit: ours };

describe("the receiver", () => {
  it("asks, says transit, then its answer, and acknowledges when all is stored", () => {
    expect(receive(theirs, offer, accepted, { on: "stored", sha256: "ab" })).toEqual({
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
    expect(receive({ on: "offer", offer: text }, { on: "accepted" })).toEqual({
      at: "over",
      effects: [{ do: "ask", offer: text }, send({ on: "answer", to: "text" }), { do: "succeed" }],
    });
  });

  it("F-4: takes an offer before any transit, and hints as late as they come", () => {
    expect(receive(offer, theirs, accepted).effects).toContainEqual(useTheirs);
    expect(receive(offer, accepted, theirs).effects.at(-1)).toEqual(useTheirs);
  });

  it("tells the other side when the person refuses", () => {
    const { at, effects } = receive(offer, { on: "failed", told: "transfer rejected" });
    expect(at).toBe("over");
    expect(effects.at(-1)).toEqual(send({ on: "error", text: "transfer rejected" }));
  });

  it.each<[string, ReceivingEvent[]]>([
    ["before the offer", []],
    ["before the person's answer", [offer]],
    ["while bytes flow", [offer, accepted]],
  ])("F-7: tells the other side of a failure %s, and hears of theirs", (_, events) => {
    expect(receive(...events, { on: "failed", told: "disk full" }).effects.at(-1)).toEqual(
      send({ on: "error", text: "disk full" }),
    );
    expect(receive(...events, error).effects.at(-1)).toEqual(failure(/out of/));
  });

  it.each<[string, ReceivingEvent[]]>([
    ["before consent", [offer]],
    ["after consent", [offer, accepted]],
  ])("SEC-R12: a second offer %s ends it, for both sides", (_, events) => {
    const { at, effects } = receive(...events, { on: "offer", offer: { ...file, filename: "b" } });
    expect(at).toBe("over");
    expect(effects.slice(-2)).toEqual([sendError(/one offer/), failure(/second offer/)]);
  });

  it("refuses what it does not know, in the words that others use", () => {
    expect(receive({ on: "offer", offer: { kind: "unknown" } }).effects).toEqual([
      sendError(/^unknown offer type$/),
      failure(/does not know/),
    ]);
    const tar: OfferMessage = { kind: "directory", mode: "tar", dirname: "d", zipsize: 1, numbytes: 1, numfiles: 1 };
    expect(receive({ on: "offer", offer: tar }).effects[0]).toEqual(sendError(/^unknown mode$/));
    expect(receive({ on: "offer", offer: { ...tar, mode: "zipfile/stored" } }).at).toBe("asking");
  });

  it("an answer is nothing for a receiver", () => {
    expect(receive({ on: "answer", to: "data" }).at).toBe("unexpected");
  });
});
