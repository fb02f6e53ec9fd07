/** The prompt for a code: on a terminal, and from a pipe. */
import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { CodeInput } from "../../src/api.ts";
import { KeyFormatError } from "../../src/errors.ts";
import { type CodePromptOptions, inputWithCompletion } from "../../src/wormhole/code-prompt.node.ts";

/** A `CodeInput` that records what was chosen. */
function entry(nameplates: string[] = []) {
  const chosen: string[] = [];
  const input: CodeInput = {
    refreshNameplates: () => void chosen.push("refresh"),
    getNameplateCompletions: (prefix) =>
      new Set(nameplates.filter((nameplate) => nameplate.startsWith(prefix)).map((nameplate) => `${nameplate}-`)),
    chooseNameplate: (nameplate) => void chosen.push(nameplate),
    whenWordlistIsAvailable: async () => {},
    getWordCompletions: () => new Set(),
    chooseWords: (words) => void chosen.push(words),
  };
  return { input, chosen };
}

/** Streams that look like a terminal, or like a pipe. */
function terminal(options: { isTTY: boolean }) {
  const stdin = Object.assign(new PassThrough(), options);
  const stdout = Object.assign(new PassThrough(), options, { columns: 80, rows: 24 });
  let shown = "";
  stdout.on("data", (chunk) => {
    shown += String(chunk);
  });
  return { stdin, stdout, shown: () => shown };
}

/** Types one key after the other. Keys that arrive together count as pasted, and Tab completes nothing in pasted text. */
async function typed(keys: string, nameplates: string[] = [], options: CodePromptOptions = {}) {
  const { stdin, stdout, shown } = terminal({ isTTY: true });
  const { input, chosen } = entry(nameplates);
  const asked = inputWithCompletion("code: ", input, { stdin, stdout, ...options });
  for (const key of keys.match(/\x1b\[\d~|./gs) ?? []) {
    stdin.write(key);
    await setImmediate();
  }
  await asked;
  return { chosen, shown: shown() };
}

describe("a line that is not from a terminal", () => {
  const piped = async (text: string, options: CodePromptOptions = {}) => {
    const { stdin, stdout } = terminal({ isTTY: false });
    const { input, chosen } = entry();
    stdin.end(text);
    await inputWithCompletion("code: ", input, { stdin, stdout, ...options });
    return chosen;
  };

  it.each([
    ["7-guitarist-revenge\n", "guitarist-revenge"],
    ["7-guitarist-revenge", "guitarist-revenge"],
    ["  7-guitarist-revenge \r\n", "guitarist-revenge"],
    ["7 guitarist revenge\n", "guitarist-revenge"],
    ["7 - Guitarist - REVENGE\n", "guitarist-revenge"],
    ["7-MyOwn-Code\n", "MyOwn-Code"],
    ["7-🙈\n", "🙈"],
  ])("%j is a code", async (text, words) => expect(await piped(text)).toEqual(["7", words]));

  it.each(["", "\n", "guitarist\n", "7\n", "7-\n", "٧-a\n"])("%j is not a code", (text) =>
    expect(piped(text)).rejects.toThrow(KeyFormatError),
  );

  it("is read by the option `read` if there is one", async () => {
    expect(await piped("wormhole receive 3-a\n", { read: (text) => text.split(" ").at(-1) ?? "" })).toEqual(["3", "a"]);
  });
});

describe("on a terminal", () => {
  it("Tab completes the number, and asks the server for the present ones", async () => {
    expect((await typed("1\tfoo\n", ["12", "3"])).chosen).toEqual(["refresh", "12", "foo"]);
  });

  it("several numbers are shown in order", async () => {
    const { shown } = await typed("1\t\t1-foo\n", ["13", "101", "12"]);
    expect(shown).toMatch(/12-\s+13-\s+101-/);
  });

  // proves: api/terminal-prompt
  it("Tab completes one word after the other", async () => {
    expect((await typed("7-guit\trev\t\n")).chosen).toEqual(["7", "guitarist-revenge"]);
  });

  it("Tab completes words in capitals", async () => {
    expect((await typed("7-GUIT\tRev\t\n")).chosen).toEqual(["7", "guitarist-revenge"]);
  });

  it("the number may be corrected after words were completed", async () => {
    const home = "\x01";
    const forwardDelete = "\x1b[3~";
    expect((await typed(`7-guit\trev\t${home}${forwardDelete}8\n`)).chosen).toEqual(["8", "guitarist-revenge"]);
  });

  it("the question is repeated after an invalid code", async () => {
    const { chosen, shown } = await typed("seven\n7\n7-a\n");
    expect(chosen).toEqual(["7", "a"]);
    expect(shown).toMatch(/begins with its number/);
    expect(shown).toMatch(/needs its words/);
  });

  it("Tab lists no more completions than fit beside the prompt", async () => {
    expect((await typed("7-\t\tx\n")).shown).not.toContain("adroitness");
    const numbers = Array.from({ length: 100 }, (_, index) => String(index + 100));
    expect((await typed("1\t\t00-foo\n", numbers)).shown).not.toContain("150-");
  });

  it("Tab behind a complete code shows nothing", async () => {
    const { chosen, shown } = await typed("7-guitarist-revenge\t\t\t\n");
    expect(chosen).toEqual(["7", "guitarist-revenge"]);
    // Only the typed word is there: a list would show it again.
    expect(shown.match(/revenge/g)).toHaveLength(1);
  });

  it("`read` may ask a question, in which Tab completes nothing", async () => {
    const read = async (text: string, ask: (question: string) => Promise<string>) =>
      (await ask("Really? ")).startsWith("y") ? text : "8-b";
    const { chosen, shown } = await typed("7-a\ny\t\n", [], { read });
    expect(chosen).toEqual(["7", "a"]);
    expect(shown).toContain("Really? ");
  });

  it("the question is repeated after `read` has refused the text", async () => {
    const read = (text: string) => {
      if (text === "x") throw new KeyFormatError("Not x.");
      return text;
    };
    const { chosen, shown } = await typed("x\n7-a\n", [], { read });
    expect(chosen).toEqual(["7", "a"]);
    expect(shown).toContain("Not x.\n");
  });

  it("the keyboard works after the process was stopped and goes on, and the prompt is shown again", async () => {
    const { stdin, stdout, shown } = terminal({ isTTY: true });
    const modes: boolean[] = [];
    Object.assign(stdin, { setRawMode: (isRaw: boolean) => modes.push(isRaw) });
    const { input, chosen } = entry();
    const asked = inputWithCompletion("code: ", input, { stdin, stdout });
    await setImmediate();
    stdin.write("7-guit");
    await setImmediate();
    modes.length = 0;
    process.emit("SIGCONT");
    expect(modes).toEqual([false, true]);
    for (const key of "\trev\t\n") {
      stdin.write(key);
      await setImmediate();
    }
    await asked;
    expect(chosen).toEqual(["7", "guitarist-revenge"]);
    expect(shown().match(/code: /g)?.length).toBeGreaterThan(1);
    expect(process.listenerCount("SIGCONT")).toBe(0);
  });

  it("the prompt ends with an error when the terminal is gone", async () => {
    const { stdin, stdout, shown } = terminal({ isTTY: true });
    const asked = inputWithCompletion("code: ", entry().input, { stdin, stdout });
    while (!shown().includes("code: ")) await setImmediate();
    stdin.destroy(Object.assign(new Error("read EIO"), { code: "EIO" }));
    await expect(asked).rejects.toThrow(/ended without a code/);
  });

  it("the prompt ends with an error when the input ends", async () => {
    const { stdin, stdout } = terminal({ isTTY: true });
    const asked = inputWithCompletion("code: ", entry().input, { stdin, stdout });
    stdin.write("\x04");
    await expect(asked).rejects.toThrow(/ended without a code/);
  });

  it("the prompt ends with the reason of the signal when it aborts", async () => {
    const { stdin, stdout } = terminal({ isTTY: true });
    const controller = new AbortController();
    const asked = inputWithCompletion("code: ", entry().input, { stdin, stdout, signal: controller.signal });
    const reason = new Error("the server is gone");
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});
