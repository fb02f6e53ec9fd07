/** The table of the machine `nameplate`: claiming and releasing, in every order of events. */
import { to, transmit } from "../../../src/session/machines/effects.ts";
import { prove } from "./prove.ts";

const at = <A extends string>(at: A) => ({ at, nameplate: "7" }) as const;
const claim = transmit({ type: "claim", nameplate: "7" });
const release = transmit({ type: "release", nameplate: "7" });
const found = to("mailbox", { on: "found", mailbox: "m" });
const closeMailbox = to("mailbox", { on: "close" });
const done = to("terminator", { on: "nameplateDone" });

// proves: session/nameplate-released-early
prove("nameplate", {
  transitions: [
    [{ at: "none" }, { on: "chosen", nameplate: "7" }, [at("claiming"), claim]],
    [{ at: "none" }, { on: "unwanted", nameplate: "7" }, [at("claiming"), claim]],
    [{ at: "none" }, { on: "close" }, [{ at: "released" }, closeMailbox, done]],
    [at("claiming"), { on: "linked" }, [at("claiming"), claim]],
    [at("claiming"), { on: "claimed", mailbox: "m" }, [at("claimed"), found]],
    [at("claiming"), { on: "close" }, [at("leaving")]],
    [at("claiming"), { on: "refused" }, [at("releasing"), release]],
    [at("claimed"), { on: "peerArrived" }, [at("releasing"), release]],
    [at("claimed"), { on: "close" }, [at("releasing"), release, closeMailbox]],
    [at("leaving"), { on: "linked" }, [at("leaving"), claim]],
    [at("leaving"), { on: "claimed", mailbox: "m" }, [at("releasing"), release, found, closeMailbox]],
    [at("releasing"), { on: "linked" }, [at("releasing"), release]],
    [at("releasing"), { on: "released" }, [{ at: "released" }, done]],
    [at("releasing"), { on: "close" }, [at("releasing"), closeMailbox]],
    [{ at: "released" }, { on: "close" }, [{ at: "released" }, closeMailbox, done]],
  ],
  refused: {
    none: ["claimed", "peerArrived", "released"],
    claiming: ["chosen", "unwanted", "peerArrived", "released"],
    claimed: ["chosen", "unwanted", "released"],
    leaving: ["chosen", "unwanted", "peerArrived", "released"],
    releasing: ["chosen", "unwanted"],
    released: ["chosen", "unwanted"],
  },
});
