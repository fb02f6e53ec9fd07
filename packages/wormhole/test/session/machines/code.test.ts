/** The table of the machine `code`: the three ways to a code. */
import { to } from "../../../src/session/machines/effects.ts";
import { prove } from "./prove.ts";

const known = { at: "known", code: "7-a-b" } as const;
const becomesKnown = [
  known,
  to("delivery", { on: "codeKnown", code: "7-a-b" }),
  to("nameplate", { on: "chosen", nameplate: "7" }),
  to("key", { on: "code", code: "7-a-b" }),
] as const;
const refresh = to("lister", { on: "refresh" });

// proves: session/one-code
prove("code", {
  transitions: [
    [
      { at: "none" },
      { on: "allocate", words: 2 },
      [{ at: "allocating" }, to("allocator", { on: "allocate", words: 2 })],
    ],
    [{ at: "none" }, { on: "set", nameplate: "7", words: "a-b" }, becomesKnown],
    [{ at: "none" }, { on: "input" }, [{ at: "choosingNameplate" }, refresh]],
    [{ at: "allocating" }, { on: "allocated", nameplate: "7", words: "a-b" }, becomesKnown],
    [{ at: "choosingNameplate" }, { on: "refreshNameplates" }, [{ at: "choosingNameplate" }, refresh]],
    [{ at: "choosingNameplate" }, { on: "chooseNameplate", nameplate: "7" }, [{ at: "choosingWords", nameplate: "7" }]],
    [{ at: "choosingWords", nameplate: "7" }, { on: "chooseWords", words: "a-b" }, becomesKnown],
  ],
  refused: {
    none: ["allocated", "refreshNameplates", "chooseNameplate", "chooseWords"],
    allocating: ["allocate", "set", "input", "refreshNameplates", "chooseNameplate", "chooseWords"],
    choosingNameplate: ["allocate", "allocated", "set", "input", "chooseWords"],
    choosingWords: ["allocate", "allocated", "set", "input", "refreshNameplates", "chooseNameplate"],
    known: ["allocate", "set", "input", "refreshNameplates", "chooseNameplate", "chooseWords"],
  },
});
