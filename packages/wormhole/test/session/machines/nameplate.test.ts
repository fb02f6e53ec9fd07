/** The table of the machine `nameplate`: claiming and releasing, in every order of events. */
import { to, transmit } from "../../../src/session/machines/effects.ts";
import { prove } from "./prove.ts";

const at = <A extends string>(at: A) => ({ at, nameplate: "7" }) as const;
const claim = transmit({ type: "claim", nameplate: "7" });
const release = transmit({ type: "release", nameplate: "7" });
const found = to("mailbox", { on: "found", mailbox: "m" });
const mailboxLinked = to("mailbox", { on: "linked" });
const useful = to("link", { on: "useful" });
const denial = { on: "denied", reason: "no" } as const;
const serverError = to("outcome", { on: "serverError", reason: "no" });
const closeMailbox = to("mailbox", { on: "close" });
const done = to("terminator", { on: "nameplateDone" });

// proves: session/nameplate-released-early, session/forgetting-noticed
prove("nameplate", {
  transitions: [
    [{ at: "none" }, { on: "chosen", nameplate: "7" }, [at("claiming"), claim]],
    [{ at: "none" }, { on: "unwanted", nameplate: "7" }, [at("claiming"), claim]],
    [{ at: "none" }, { on: "close" }, [{ at: "released" }, closeMailbox, done]],
    [at("claiming"), { on: "linked" }, [at("claiming"), claim]],
    [at("claiming"), { on: "claimed", mailbox: "m" }, [at("claimed"), useful, found]],
    [at("claiming"), denial, [at("claiming"), serverError]],
    // After a reconnect, the answer opens the mailbox again.
    [at("claimed"), { on: "linked" }, [at("reclaiming"), claim]],
    [at("claimed"), denial, [at("claimed"), serverError]],
    [at("reclaiming"), { on: "linked" }, [at("reclaiming"), claim]],
    [at("reclaiming"), { on: "claimed", mailbox: "m" }, [at("claimed"), found]],
    [at("reclaiming"), denial, [at("releasing"), release, to("outcome", { on: "forgotten" })]],
    [at("reclaiming"), { on: "refused" }, [at("releasing"), release]],
    [at("reclaiming"), { on: "close" }, [at("leaving")]],
    [{ at: "none" }, denial, [{ at: "none" }, serverError]],
    [at("leaving"), denial, [at("leaving"), serverError]],
    [at("releasing"), denial, [at("releasing"), serverError]],
    [{ at: "released" }, denial, [{ at: "released" }, serverError]],
    [{ at: "released" }, { on: "linked" }, [{ at: "released" }, mailboxLinked]],
    [at("claiming"), { on: "close" }, [at("leaving")]],
    [at("claiming"), { on: "refused" }, [at("releasing"), release]],
    [at("claimed"), { on: "peerArrived" }, [at("releasing"), release]],
    [at("claimed"), { on: "close" }, [at("releasing"), release, closeMailbox]],
    [at("leaving"), { on: "linked" }, [at("leaving"), claim]],
    [at("leaving"), { on: "claimed", mailbox: "m" }, [at("releasing"), release, found, closeMailbox]],
    [at("releasing"), { on: "linked" }, [at("releasing"), release, mailboxLinked]],
    [at("releasing"), { on: "released" }, [{ at: "released" }, useful, done]],
    [at("releasing"), { on: "close" }, [at("releasing"), closeMailbox]],
    [{ at: "released" }, { on: "close" }, [{ at: "released" }, closeMailbox, done]],
  ],
  refused: {
    none: ["claimed", "peerArrived", "released"],
    claiming: ["chosen", "unwanted", "peerArrived", "released"],
    claimed: ["chosen", "unwanted", "released"],
    reclaiming: ["chosen", "unwanted", "released"],
    leaving: ["chosen", "unwanted", "peerArrived", "released"],
    releasing: ["chosen", "unwanted"],
    released: ["chosen", "unwanted"],
  },
});
