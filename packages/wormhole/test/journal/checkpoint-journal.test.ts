/** The order of saves and effects in a `CheckpointJournal`. */
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { CheckpointJournal } from "../../src/index.ts";

/** Saves, bodies and effects, in the order in which they happen. */
let story: string[];
let journal: CheckpointJournal;
const say = (line: string) => () => void story.push(line);

beforeEach(() => {
  story = [];
  journal = new CheckpointJournal(say("saved"));
});

/** A journal whose writes the test settles. They are numbered from 0. */
function slowJournal() {
  const writes: { succeed: () => void; fail: (error: Error) => void }[] = [];
  const slow = new CheckpointJournal(
    () =>
      new Promise((succeed, fail) => {
        story.push(`save ${writes.length}`);
        writes.push({ succeed, fail });
      }),
  );
  const settle = async (write: number, how: "succeed" | "fail") => {
    writes[write]?.[how](new Error(`write ${write} failed`));
    await Promise.resolve();
  };
  return { slow, settle };
}

/** The errors that are reported from now on. */
function reports(): string[] {
  const errors: string[] = [];
  vi.stubGlobal("reportError", (error: unknown) => errors.push(String(error)));
  onTestFinished(() => void vi.unstubAllGlobals());
  return errors;
}

describe("a journal", () => {
  it("returns the result of the body, and saves after it", () => {
    expect(journal.process(() => story.push("body"))).toBe(1);
    expect(story).toEqual(["body", "saved"]);
  });

  // proves: api/journaled
  it("releases effects after the save, in the order in which they were queued", () => {
    journal.process(() => {
      journal.queueOutbound(say("first"));
      story.push("body");
      journal.queueOutbound(say("second"));
    });
    expect(story).toEqual(["body", "saved", "first", "second"]);
  });

  it("saves once for nested bodies, at the end of the outermost", () => {
    journal.process(() => {
      journal.queueOutbound(say("outer"));
      journal.process(() => journal.queueOutbound(say("inner")));
      story.push("body");
    });
    expect(story).toEqual(["body", "saved", "outer", "inner"]);
  });

  it("refuses effects outside of a body", () => {
    expect(() => journal.queueOutbound(say("never"))).toThrow(TypeError);
    journal.process(() => {});
    expect(() => journal.queueOutbound(say("never"))).toThrow(TypeError);
    expect(story).toEqual(["saved"]);
  });

  it("saves the changes of a body that throws, and continues", () => {
    const fails = () =>
      journal.process(() => {
        journal.queueOutbound(say("effect"));
        throw new Error("the body's own");
      });
    expect(fails).toThrow("the body's own");
    expect(story).toEqual(["saved", "effect"]);
    journal.process(say("next"));
    expect(story.slice(2)).toEqual(["next", "saved"]);
  });

  it("still saves once if an inner body throws", () => {
    journal.process(() => {
      expect(() =>
        journal.process(() => {
          throw new Error("inner");
        }),
      ).toThrow("inner");
      journal.queueOutbound(say("effect"));
      story.push("body");
    });
    expect(story).toEqual(["body", "saved", "effect"]);
  });

  it("reports an effect that throws, and releases the others", () => {
    const errors = reports();
    journal.process(() => {
      journal.queueOutbound(() => {
        throw new Error("no printer");
      });
      journal.queueOutbound(say("second"));
    });
    expect(story).toEqual(["saved", "second"]);
    expect(errors).toEqual(["Error: no printer"]);
  });

  it("releases an effect that another effect causes after those that were queued before", () => {
    journal.process(() => {
      journal.queueOutbound(() => {
        story.push("first");
        journal.process(() => journal.queueOutbound(say("third")));
      });
      journal.queueOutbound(say("second"));
    });
    expect(story).toEqual(["saved", "first", "saved", "second", "third"]);
  });
});

describe("a save that throws", () => {
  it("is reported, and no effect is released until another save succeeds", () => {
    const errors = reports();
    let full = true;
    const picky = new CheckpointJournal(() => {
      if (full) throw new Error("no space");
      story.push("saved");
    });
    picky.process(() => picky.queueOutbound(say("first")));
    expect(errors).toEqual(["Error: no space"]);
    picky.process(() => picky.queueOutbound(say("second")));
    expect(story).toEqual([]);
    full = false;
    picky.process(() => {});
    expect(story).toEqual(["saved", "first", "second"]);
    expect(errors).toHaveLength(2);
  });

  it("does not change the result or the error of the body", () => {
    reports();
    const broken = new CheckpointJournal(() => {
      throw new Error("no space");
    });
    expect(broken.process(() => 7)).toBe(7);
    const fails = () =>
      broken.process(() => {
        throw new Error("the body's own");
      });
    expect(fails).toThrow("the body's own");
  });
});

describe("a save that takes time", () => {
  it("releases effects once it is done", async () => {
    const { slow, settle } = slowJournal();
    slow.process(() => slow.queueOutbound(say("effect")));
    await Promise.resolve();
    expect(story).toEqual(["save 0"]);
    await settle(0, "succeed");
    expect(story).toEqual(["save 0", "effect"]);
  });

  it("is not overlapped by another: the next one saves all changes in between", async () => {
    const { slow, settle } = slowJournal();
    slow.process(() => slow.queueOutbound(say("first")));
    slow.process(() => slow.queueOutbound(say("second")));
    slow.process(() => slow.queueOutbound(say("third")));
    expect(story).toEqual(["save 0"]);
    await settle(0, "succeed");
    expect(story).toEqual(["save 0", "first", "save 1"]);
    await settle(1, "succeed");
    expect(story).toEqual(["save 0", "first", "save 1", "second", "third"]);
  });

  it("that fails is reported, and the next one releases its effects too, in order", async () => {
    const errors = reports();
    const { slow, settle } = slowJournal();
    slow.process(() => slow.queueOutbound(say("first")));
    await settle(0, "fail");
    expect(errors).toEqual(["Error: write 0 failed"]);
    slow.process(() => slow.queueOutbound(say("second")));
    expect(story).toEqual(["save 0", "save 1"]);
    await settle(1, "succeed");
    expect(story).toEqual(["save 0", "save 1", "first", "second"]);
  });

  it("that fails is followed by a save of the changes in between", async () => {
    reports();
    const { slow, settle } = slowJournal();
    slow.process(() => slow.queueOutbound(say("first")));
    slow.process(() => slow.queueOutbound(say("second")));
    await settle(0, "fail");
    await settle(1, "succeed");
    expect(story).toEqual(["save 0", "save 1", "first", "second"]);
  });

  it("is followed by others even if an effect throws", async () => {
    reports();
    const { slow, settle } = slowJournal();
    slow.process(() => {
      slow.queueOutbound(() => {
        throw new Error("no printer");
      });
    });
    slow.process(() => slow.queueOutbound(say("next")));
    await settle(0, "succeed");
    await settle(1, "succeed");
    expect(story).toEqual(["save 0", "save 1", "next"]);
  });
});
