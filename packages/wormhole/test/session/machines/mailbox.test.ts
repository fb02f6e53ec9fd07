/** The table of the machine `mailbox`: our messages until the echo, and each message from the peer once. */
import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/base/machine.ts";
import { MAX_PHASES } from "../../../src/session/limits.ts";
import { type Effect, to, transmit } from "../../../src/session/machines/effects.ts";
import { mailbox, type State } from "../../../src/session/machines/mailbox.ts";
import { prove } from "./prove.ts";

const body = Uint8Array.of(1, 2);
const zero = { phase: "0", body };
const common = { side: "us", outbox: [zero], mood: "happy" } as const;
const unknown: State = { ...common, at: "unknown", outbox: [zero] };
const open: State = { ...common, at: "open", mailbox: "m", heard: ["them pake"], complete: {}, outbox: [zero] };
const closing: State = { ...common, at: "closing", mailbox: "m", outbox: [zero] };
const add = (phase: string) => transmit({ type: "add", phase, body });
const openIt = transmit({ type: "open", mailbox: "m" });
const closeIt = transmit({ type: "close", mailbox: "m", mood: "happy" });
const done = to("terminator", { on: "mailboxDone" });
const useful = to("link", { on: "useful" });
const passed = (phase: string) => [
  useful,
  to("nameplate", { on: "peerArrived" }),
  to("order", { on: "message", side: "them", phase, body }),
];
const message = (side: string, phase: string) => ({ on: "message", side, phase, body }) as const;

// proves: session/told-once, session/encrypted-once, session/repeated-until-echoed
prove("mailbox", {
  transitions: [
    [unknown, { on: "found", mailbox: "m" }, [{ ...open, heard: [], complete: {} }, openIt, add("0")]],
    [unknown, { on: "add", phase: "1", body }, [{ ...unknown, outbox: [zero, { phase: "1", body }] }]],
    [unknown, { on: "mood", mood: "scary" }, [{ ...unknown, mood: "scary" }]],
    [unknown, { on: "close" }, [{ at: "closed" }, done]],
    // After a reconnect, the mailbox is opened again, and messages without an echo are sent again, byte for byte.
    [open, { on: "linked" }, [open, openIt, add("0")]],
    [open, { on: "add", phase: "1", body }, [{ ...open, outbox: [zero, { phase: "1", body }] }, add("1")]],
    [open, message("us", "0"), [{ ...open, outbox: [] }, useful]],
    [open, message("us", "1"), [open]],
    // The nameplate was claimed again: at a server that has forgotten it, it leads to another mailbox.
    [open, { on: "found", mailbox: "m" }, [open, openIt, add("0")]],
    [open, { on: "found", mailbox: "n" }, [{ ...open, mailbox: "n" }, to("outcome", { on: "forgotten" })]],
    [open, message("them", "version"), [{ ...open, heard: ["them pake", "them version"] }, ...passed("version")]],
    // A series without a gap is kept as its length.
    [open, message("them", "0"), [{ ...open, complete: { "them ": 1 } }, ...passed("0")]],
    [
      { ...open, complete: { "them ": 1 } },
      message("them", "dilate-0"),
      [{ ...open, complete: { "them ": 1, "them dilate-": 1 } }, ...passed("dilate-0")],
    ],
    [open, message("them", "pake"), [open]],
    [open, { on: "mood", mood: "lonely" }, [{ ...open, mood: "lonely" }]],
    [open, { on: "close" }, [closing, closeIt]],
    [closing, { on: "linked" }, [closing, openIt, add("0"), closeIt]],
    [{ ...closing, outbox: [] }, { on: "linked" }, [{ ...closing, outbox: [] }, closeIt]],
    [closing, message("us", "0"), [{ ...closing, outbox: [] }]],
    [closing, message("them", "0"), [closing]],
    [closing, { on: "closed" }, [{ at: "closed" }, done]],
  ],
  refused: { unknown: ["message", "closed"], open: ["closed"] },
});

/** Delivers messages of these phases. Returns the last state, and the phases that were passed on. */
function listen(phases: readonly string[], from: State = open, side = "them"): { state: State; heard: string[] } {
  const heard: string[] = [];
  let state = from;
  for (const phase of phases) {
    const [next, ...effects] = mailbox.step(state, message(side, phase)) as Step<State, Effect>;
    state = next;
    for (const effect of effects) if (effect.do === "to" && effect.name === "order") heard.push(phase);
  }
  return { state, heard };
}

const numbers = (from: number, to: number, series = "") =>
  Array.from({ length: to - from }, (_, at) => `${series}${from + at}`);

describe("a mailbox remembers the messages that it has passed on", () => {
  it("in little space, for a series of any length", () => {
    const long = [...numbers(0, 3 * MAX_PHASES), ...numbers(0, 3 * MAX_PHASES, "dilate-")];
    const { state, heard } = listen(long);
    expect(heard).toEqual(long);
    const complete = { "them ": 3 * MAX_PHASES, "them dilate-": 3 * MAX_PHASES };
    expect(state).toEqual({ ...open, heard: ["them pake"], complete });
    expect(listen(long, state)).toEqual({ state, heard: [] });
  });

  it("in any order, and as a length once the gap is closed", () => {
    const phases = ["3", "1", "3", "4", "0", "1", "2", "2", "0", "4"];
    const { state, heard } = listen(phases);
    expect(heard).toEqual(["3", "1", "4", "0", "2"]);
    expect(state).toEqual({ ...open, heard: ["them pake"], complete: { "them ": 5 } });
  });

  it("for each side and each series separately", () => {
    const first = listen(["0", "dilate-0", "dilate-1"]);
    const { state, heard } = listen(["0", "1", "dilate-0"], first.state, "others");
    expect(heard).toEqual(["0", "1", "dilate-0"]);
    const complete = { "them ": 1, "them dilate-": 2, "others ": 2, "others dilate-": 1 };
    expect(state).toEqual({ ...open, heard: ["them pake"], complete });
  });

  it("and does not take other names for numbers", () => {
    const names = ["00", "-0", "1e0", "dilate-00", "DILATE-0", "0 ", "__proto__", "undefined"];
    expect(listen([...names, ...names, "0", "dilate-0"]).heard).toEqual([...names, "0", "dilate-0"]);
  });

  it("even if an earlier version has kept each name", () => {
    const old: State = { ...open, heard: ["them pake", "them 1", "them version", "them 0", "them dilate-0"] };
    expect(listen(["0", "1", "dilate-0", "pake"], old)).toEqual({ state: old, heard: [] });
    const { state, heard } = listen(["2", "1", "0", "dilate-1"], old);
    expect(heard).toEqual(["2", "dilate-1"]);
    const complete = { "them ": 3, "them dilate-": 2 };
    expect(state).toEqual({ ...open, heard: ["them pake", "them version"], complete });
  });
});

describe("a mailbox ends the session if it would have to remember too much", () => {
  const overwhelmed = to("outcome", { on: "overwhelmed" });

  // proves: session/bounded
  it.each([
    ["names", Array.from({ length: MAX_PHASES }, (_, n) => `them x${n}`), {}],
    ["numbers behind a gap", Array.from({ length: MAX_PHASES }, (_, n) => `them ${n + 1}`), {}],
    [
      "names and series",
      Array.from({ length: MAX_PHASES - 2 }, (_, n) => `them x${n}`),
      { "them dilate-": 5, "others ": 2 },
    ],
  ])("%s", (_, heard, complete) => {
    const full: State = { ...open, heard, complete };
    expect(mailbox.step(full, message("them", "one more"))).toEqual([full, overwhelmed]);
    expect(mailbox.step(full, message("strangers", "0"))).toEqual([full, overwhelmed]);
    const [, known = ""] = heard[5]?.split(" ") ?? [];
    expect(mailbox.step(full, message("them", known))).toEqual([full]);
  });

  it("but not for a message that closes a gap", () => {
    const heard = Array.from({ length: MAX_PHASES }, (_, n) => `them ${n + 1}`);
    const { state } = listen(["0"], { ...open, heard });
    expect(state).toEqual({ ...open, heard: [], complete: { "them ": MAX_PHASES + 1 } });
  });
});
