/** Questions to the user: the answers that count, those that are asked again, and where a question is shown. */
import { PassThrough } from "node:stream";
import { setTimeout as after } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Lines } from "../../src/terminal/lines.ts";
import { type Asker, Questions } from "../../src/terminal/questions.ts";
import { screen } from "./screen.ts";

const never = new AbortController().signal;

/** Questions whose answers come from a pipe. */
function piped(input: string | undefined) {
  const { output, written } = screen();
  const stdin = new PassThrough();
  if (input !== undefined) stdin.end(input);
  return { questions: new Questions(new Lines(() => stdin), output, { isInteractive: false, stderr: stdin }), written };
}

/** A person at a keyboard. Questions are on stderr, or on the terminal that `asker` opens. */
function typed(asker: Partial<Asker> = {}) {
  const { output, written } = screen();
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  let interrupts = 0;
  const lines = new Lines(
    () => stdin,
    () => {
      interrupts += 1;
    },
  );
  const questions = new Questions(lines, output, { isInteractive: true, stderr: new PassThrough(), ...asker });
  /** Answers as soon as the question is on the screen, again after each repetition. */
  const answers = async (...texts: string[]) => {
    for (const [index, text] of texts.entries()) {
      while (written.stderr.split("ok? ").length <= index + 1) await after(1);
      stdin.write(text);
    }
  };
  return { questions, written, stdin, modes, answers, interrupts: () => interrupts };
}

describe("input that ends at a question", () => {
  it("is a no, and is said to be one", async () => {
    const { questions, written, stdin } = typed();
    const agreed = questions.agrees("ok? ", never);
    stdin.end();
    expect(await agreed).toBe(false);
    expect(written.stderr).toContain("This counts as no.");
  });

  it("is no answer if the hang-up of the terminal follows", async () => {
    const { questions, written, stdin } = typed();
    const over = new AbortController();
    const agreed = questions.agrees("ok? ", over.signal);
    stdin.end();
    setTimeout(() => over.abort(), 150);
    await agreed;
    expect(over.signal.aborted).toBe(true);
    expect(written.stderr).not.toContain("counts as no");
  });
});

describe("a question that is answered with y or n", () => {
  it.each(["\n", "y\n", "Y\n", "yes\n", " yes \n", "YES\r\n", "y"])("%j is a yes", async (answer) => {
    expect(await piped(answer).questions.agrees("ok? ", never)).toBe(true);
  });

  it.each(["n\n", "no\n", "N\n", " No \n"])("%j is a no", async (answer) => {
    expect(await piped(answer).questions.agrees("ok? ", never)).toBe(false);
  });

  it.each(["maybe", "o", "ja", "\u001b[A", "yep", "yes please", "nyes", "yn", "0"])(
    "%j is neither, and asked again",
    async (answer) => {
      const { questions, written, answers } = typed();
      const agreed = questions.agrees("ok? ", never);
      await answers(`${answer}\n`, "y\n");
      expect(await agreed).toBe(true);
      expect(written.stderr).toBe("ok? Answer y for yes, or n for no.\nok? ");
    },
  );

  it("three answers of a pipe that are neither are a no", async () => {
    const { questions, written } = piped("a\nb\nc\ny\n");
    expect(await questions.agrees("ok? ", never)).toBe(false);
    expect(written.stderr).toMatch(/\nThere is no valid answer\. This counts as no\.\n$/);
  });

  it("an empty answer can be a no", async () => {
    expect(await piped("\n").questions.agrees("ok? ", never, false)).toBe(false);
  });

  it("the end of the input is a no, and a message explains this", async () => {
    const { questions, written } = piped("");
    expect(await questions.agrees("ok? ", never)).toBe(false);
    expect(written.stderr).toBe("ok? \nThere is no valid answer. This counts as no.\n");
  });

  it("is withdrawn when the signal aborts", async () => {
    const { questions, written } = piped(undefined);
    const over = new AbortController();
    const answer = questions.agrees("ok? ", over.signal);
    await after(1);
    over.abort();
    expect(await answer).toBe(false);
    expect(written.stderr).toBe("ok? \n");
  });

  it("is written to stderr, with the newline that a pipe does not echo", async () => {
    const { questions, written } = piped("y\n");
    await questions.agrees("ok? ", never);
    expect(written).toEqual({ stdout: "", stderr: "ok? \n" });
  });
});

describe("a question that is answered in full", () => {
  it.each([
    ["yes\n", true],
    ["YES\n", true],
    ["no\n", false],
    ["y\n\nyes\n", true],
    ["n\n", false],
    ["y\n", false],
    ["\n\n\n\nyes\n", false],
  ])("%j means %s", async (input, expected) => {
    expect(await piped(input).questions.agreesFully("ok? (yes/no): ", never)).toBe(expected);
  });

  it("says that the whole word is wanted", async () => {
    const { questions, written } = piped("y\nyes\n");
    await questions.agreesFully("? ", never);
    expect(written.stderr).toBe("? \nAnswer with the whole word yes, or with no.\n? \n");
  });
});

it("a question with answers of its own is asked until one has a meaning", async () => {
  const { questions, answers } = typed();
  const chosen = questions.choose("ok? ", (text) => (text === "" ? undefined : text), "Give a name.", never);
  await answers("\n", "other.txt\n");
  expect(await chosen).toBe("other.txt");
});

describe("what is typed before a question", () => {
  it.each([
    ["Enter", "\r"],
    ["several lines", "yes\ryes\r\r"],
    ["a line without its end", "y"],
    ["arrow keys", "\u001b[A\u001b[A"],
  ])("answers nothing: %s", async (_, early) => {
    const { questions, stdin, modes, answers } = typed();
    stdin.write(early);
    const answer = questions.agreesFully("ok? ", never);
    await answers("no\n");
    expect(await answer).toBe(false);
    // While it looks for the beginning of a line, the terminal gives every key at once.
    expect(modes).toEqual([true, false]);
  });

  it("still stops the program if it is Ctrl-C", async () => {
    const { questions, stdin, answers, interrupts } = typed();
    stdin.write("\u0003");
    const answer = questions.agrees("ok? ", never);
    await answers("n\n");
    await answer;
    expect(interrupts()).toBe(1);
  });

  it("is kept if it comes from a pipe", async () => {
    const { questions } = piped("yes\ny\n");
    expect(await questions.agreesFully("? ", never)).toBe(true);
    expect(await questions.agrees("? ", never)).toBe(true);
  });
});

describe("a question for a text", () => {
  it.each([
    ["one line", "hello\n", "hello"],
    ["several lines that are pasted", "dear friend,\ntouch X\nbye\n", "dear friend,\ntouch X\nbye"],
    ["a paste without an end", "dear friend,\ntouch X\nbye", "dear friend,\ntouch X\nbye"],
    ["a paste between marks", "\u001b[200~a\nb\u001b[201~\n", "a\nb"],
    ["a paste with an empty line", "a\n\nb\n", "a\n\nb"],
    ["a paste with carriage returns", "a\nb\rc\r\n", "a\nb\nc"],
  ])("takes %s", async (_, paste, text) => {
    const { questions, stdin, answers } = typed();
    const asked = questions.askForText("ok? ", never);
    await answers(paste);
    expect(await asked).toBe(text);
    expect(stdin.read()).toBeNull();
  });

  it("takes one line from a pipe", async () => {
    expect(await piped("a\nb\n").questions.askForText("? ", never)).toBe("a");
  });
});

describe("a question whose stderr is redirected", () => {
  it("is shown on the terminal, with what belongs to it", async () => {
    const terminal = new PassThrough({ encoding: "utf8" });
    let shown = "";
    terminal.on("data", (text: string) => {
      shown += text;
    });
    const { questions, written, stdin } = typed({ openTerminal: () => terminal });
    questions.tell("Receiving a file");
    const answer = questions.agrees("ok? ", never);
    await after(100);
    stdin.write("y\n");
    expect(await answer).toBe(true);
    expect(shown).toBe("Receiving a file\nok? ");
    expect(written.stderr).toBe("Receiving a file\n");
  });

  it("ends with a sentence if there is no terminal", async () => {
    const { questions } = typed({ openTerminal: () => undefined });
    await expect(questions.agrees("ok? ", never)).rejects.toThrow(/cannot be shown/);
  });

  it("stays on stderr if its answers come from a pipe", async () => {
    const { output, written } = screen();
    const stdin = new PassThrough();
    stdin.end("y\n");
    const asker = { isInteractive: false, stderr: stdin, openTerminal: () => expect.unreachable() };
    await new Questions(new Lines(() => stdin), output, asker).agrees("ok? ", never);
    expect(written.stderr).toBe("ok? \n");
  });
});

it("a question is shown again when the program goes on after Ctrl-Z", async () => {
  let goesOn: () => void = () => {};
  let stops = 0;
  const onContinue = (listener: () => void) => {
    goesOn = listener;
    return () => {
      stops += 1;
    };
  };
  const { questions, written, answers, stdin } = typed({ onContinue });
  const answer = questions.agrees("ok? ", never);
  await answers("");
  goesOn();
  expect(written.stderr).toBe("ok? ok? ");
  stdin.write("n\n");
  expect([await answer, stops]).toEqual([false, 1]);
});

describe("at the end", () => {
  it.each([
    [true, null],
    [false, "ls\n"],
  ])(
    "leftovers of a paste do not reach the shell; in the background the terminal is not touched: %s",
    async (owns, left) => {
      const { questions, stdin, answers } = typed({ ownsTerminal: () => owns });
      const answer = questions.agrees("ok? ", never);
      await answers("y\n");
      await answer;
      stdin.write("ls\n");
      await questions.finish();
      expect(stdin.read()?.toString() ?? null).toBe(left);
    },
  );

  it("a program that has asked nothing reads nothing", async () => {
    const { questions, stdin } = typed({ ownsTerminal: () => true });
    stdin.write("ls\n");
    await questions.finish();
    expect(String(stdin.read())).toBe("ls\n");
  });
});
