/** The table of the machine `allocator`: getting a nameplate from the server and drawing the words. */
import { to, transmit } from "../../../src/session/machines/effects.ts";
import { prove } from "./prove.ts";

const ask = transmit({ type: "allocate" });
const leave = to("nameplate", { on: "close" });

// proves: session/words-stay-here
prove("allocator", {
  transitions: [
    [{ at: "idle" }, { on: "allocate", words: 2 }, [{ at: "allocating", words: 2 }, ask]],
    [{ at: "idle" }, { on: "close" }, [{ at: "done" }, leave]],
    [{ at: "allocating", words: 3 }, { on: "linked" }, [{ at: "allocating", words: 3 }, ask]],
    [
      { at: "allocating", words: 3 },
      { on: "allocated", nameplate: "12" },
      [
        { at: "done" },
        to("link", { on: "useful" }),
        to("code", { on: "allocated", nameplate: "12", words: "amusement-ahead-amusement" }),
      ],
    ],
    [{ at: "allocating", words: 2 }, { on: "close" }, [{ at: "leaving" }]],
    [
      { at: "leaving" },
      { on: "allocated", nameplate: "12" },
      [{ at: "done" }, to("nameplate", { on: "unwanted", nameplate: "12" }), leave],
    ],
    [{ at: "leaving" }, { on: "linked" }, [{ at: "done" }, leave]],
    [{ at: "allocating", words: 2 }, { on: "refused" }, [{ at: "done" }]],
    [{ at: "done" }, { on: "close" }, [{ at: "done" }, leave]],
  ],
  refused: { idle: ["allocated"], allocating: ["allocate"], leaving: ["allocate"], done: ["allocate"] },
});
