/** The table of the machine `lister`: one open request for nameplates at a time. */
import { transmit } from "../../../src/session/machines/effects.ts";
import { prove } from "./prove.ts";

const ask = transmit({ type: "list" });
const old = ["1"];

prove("lister", {
  transitions: [
    [{ at: "idle", nameplates: old }, { on: "refresh" }, [{ at: "asking", nameplates: old }, ask]],
    [{ at: "idle", nameplates: old }, { on: "nameplates", nameplates: ["2"] }, [{ at: "idle", nameplates: ["2"] }]],
    [{ at: "asking", nameplates: old }, { on: "linked" }, [{ at: "asking", nameplates: old }, ask]],
    [{ at: "asking", nameplates: old }, { on: "nameplates", nameplates: ["2"] }, [{ at: "idle", nameplates: ["2"] }]],
  ],
  refused: {},
});
