/** Questions to the user, and the answers that count as yes. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Lines } from "../../src/terminal/lines.ts";
import { Questions } from "../../src/terminal/questions.ts";
import { screen } from "./screen.ts";

const never = new AbortController().signal;

function asked(input: string | undefined, isInteractive = true) {
  const { output, written } = screen();
  const stdin = new Readable({ read() {} });
  if (input !== undefined) stdin.push(input);
  if (input !== undefined) stdin.push(null);
  return { questions: new Questions(new Lines(() => stdin), output, isInteractive), written };
}

describe("a question that is answered with y or n", () => {
  it.each(["\n", "y\n", "Y\n", "yes\n", " yes \n", "yep"])("%j is a yes", async (answer) => {
    expect(await asked(answer).questions.agrees("ok? ", never)).toBe(true);
  });

  it.each(["n\n", "no\n", "what?\n", "nyes\n"])("%j is a no", async (answer) => {
    expect(await asked(answer).questions.agrees("ok? ", never)).toBe(false);
  });

  it("the end of the input is a no, and a message explains this", async () => {
    const { questions, written } = asked("");
    expect(await questions.agrees("ok? ", never)).toBe(false);
    expect(written.stderr).toBe("ok? \nThe input ended without an answer. This counts as no.\n");
  });

  it("is withdrawn when the signal aborts", async () => {
    const { questions, written } = asked(undefined);
    const over = new AbortController();
    const answer = questions.agrees("ok? ", over.signal);
    over.abort();
    expect(await answer).toBe(false);
    expect(written.stderr).toBe("ok? \n");
  });

  it("is written to stderr, with the newline that a pipe does not echo", async () => {
    const { questions, written } = asked("y\n", false);
    await questions.agrees("ok? ", never);
    expect(written).toEqual({ stdout: "", stderr: "ok? \n" });
  });
});

describe("a question that is answered in full", () => {
  it.each([
    ["yes\n", true],
    ["YES\n", true],
    ["no\n", false],
    ["y\n\nmaybe\nyes\n", true],
    ["n\nno\n", false],
    ["y\n", false],
  ])("%j means %s", async (input, expected) => {
    expect(await asked(input).questions.agreesFully("ok? (yes/no): ", never)).toBe(expected);
  });

  it("is asked again until the answer is yes or no", async () => {
    const { questions, written } = asked("y\nyes\n");
    await questions.agreesFully("? ", never);
    expect(written.stderr).toBe("? ? ");
  });
});
