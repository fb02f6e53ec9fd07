/** The table of the machine `terminator`: the confirmations and the deadline at the end. */
import { CLOSE_DEADLINE_MS } from "../../../src/session/limits.ts";
import { type Effect, to } from "../../../src/session/machines/effects.ts";
import type { State } from "../../../src/session/machines/terminator.ts";
import { prove } from "./prove.ts";

const closing = (nameplate: boolean, mailbox: boolean): State => ({ at: "closing", nameplate, mailbox });
const deadline: Effect = { do: "setTimer", name: "close", after: CLOSE_DEADLINE_MS };
const stop = (late: boolean) =>
  [
    { at: "closed" },
    { do: "cancelTimer", name: "close" },
    to("link", { on: "stop" }),
    to("outcome", { on: "finished", late }),
  ] as const;
const stopped = stop(false);

// proves: session/everything-released, session/close-deadline
prove("terminator", {
  transitions: [
    [
      { at: "open" },
      { on: "close", mood: "scary" },
      [
        closing(true, true),
        deadline,
        to("mailbox", { on: "mood", mood: "scary" }),
        to("allocator", { on: "close" }),
        to("link", { on: "leaving" }),
      ],
    ],
    [closing(true, true), { on: "nameplateDone" }, [closing(false, true)]],
    [closing(true, false), { on: "nameplateDone" }, stopped],
    [closing(true, true), { on: "mailboxDone" }, [closing(true, false)]],
    [closing(false, true), { on: "mailboxDone" }, stopped],
    [closing(true, true), { on: "giveUp" }, stopped],
    [closing(true, false), { on: "late" }, stop(true)],
    [closing(true, false), { on: "resumed" }, [closing(true, false), deadline]],
  ],
  refused: { open: ["mailboxDone"] },
});
