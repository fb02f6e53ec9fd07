import { expect, it } from "vitest";
import { to, transmit } from "../../../src/session/effects.ts";
import { MAX_PHASES } from "../../../src/session/limits.ts";
import { mailbox, type State } from "../../../src/session/mailbox.ts";
import { prove, random } from "./prove.ts";

const body = Uint8Array.of(1, 2);
const zero = { phase: "0", body };
const common = { side: "us", outbox: [zero], mood: "happy" } as const;
const unknown: State = { ...common, at: "unknown", outbox: [zero] };
const open: State = { ...common, at: "open", mailbox: "m", heard: ["them pake"], outbox: [zero] };
const closing: State = { ...common, at: "closing", mailbox: "m", outbox: [zero] };
const add = (phase: string) => transmit({ type: "add", phase, body });
const openIt = transmit({ type: "open", mailbox: "m" });
const closeIt = transmit({ type: "close", mailbox: "m", mood: "happy" });
const done = to("terminator", { on: "mailboxDone" });
const message = (side: string, phase: string) => ({ on: "message", side, phase, body }) as const;

prove("mailbox", {
  transitions: [
    [unknown, { on: "found", mailbox: "m" }, [{ ...open, heard: [] }, openIt, add("0")]],
    [unknown, { on: "add", phase: "1", body }, [{ ...unknown, outbox: [zero, { phase: "1", body }] }]],
    [unknown, { on: "mood", mood: "scary" }, [{ ...unknown, mood: "scary" }]],
    [unknown, { on: "close" }, [{ at: "closed" }, done]],
    // After a reconnect: opened again, and what was not echoed is sent again, byte for byte.
    [open, { on: "linked" }, [open, openIt, add("0")]],
    [open, { on: "add", phase: "1", body }, [{ ...open, outbox: [zero, { phase: "1", body }] }, add("1")]],
    [open, message("us", "0"), [{ ...open, outbox: [] }]],
    [
      open,
      message("them", "0"),
      [
        { ...open, heard: ["them pake", "them 0"] },
        to("nameplate", { on: "peerHeard" }),
        to("order", { on: "message", side: "them", phase: "0", body }),
      ],
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

it("a mailbox remembers so many phases of the peer, and ends the session at the next", () => {
  const heard = Array.from({ length: MAX_PHASES }, (_, phase) => `them ${phase}`);
  const full: State = { ...open, heard };
  const known = mailbox.step(full, message("them", "5"), random);
  expect(known).toEqual([full]);
  expect(mailbox.step(full, message("them", "one more"), random)).toEqual([full, to("boss", { on: "overwhelmed" })]);
});
