/** Codes that come from a file or from standard input, so that no list of processes shows them. */
import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorLine, World } from "../world.ts";

describe("--code-file", () => {
  it.each([
    "7-guitarist-revenge",
    "7-guitarist-revenge\n",
    "\n\n  7-guitarist-revenge.\r\nmore\n",
    "\ufeff7 guitarist revenge\n",
  ])("gives the first line that is not blank, at both sides: %j", async (content) => {
    const world = new World();
    writeFileSync(world.at("code"), content);
    const sender = await world.wormhole(["send", "--text", "hello", "--code-file", world.at("code")]);
    expect(await sender.code()).toBe("7-guitarist-revenge");
    const receiver = await world.wormhole(["receive", "--code-file", world.at("code")]);
    expect((await receiver.outcome).stdout).toBe("hello");
  });

  it.each([
    ["a file that is missing", "missing", 1, /missing: it does not exist/],
    ["a folder", ".", 1, /is a folder/],
    ["an empty file", "empty", 2, /contains no code/],
    ["a file of blank lines", "blank", 2, /contains no code/],
  ])("%s ends the program before it connects", async (_, name, exitCode, words) => {
    const world = new World();
    writeFileSync(world.at("empty"), "");
    writeFileSync(world.at("blank"), "\n".repeat(5_000));
    for (const command of [["send", "--text", "x"], ["receive"]]) {
      const { status, stderr } = await (await world.wormhole([...command, "--code-file", world.at(name)])).outcome;
      expect([status, world.mailbox.received]).toEqual([exitCode, []]);
      expect(stderr).toMatch(errorLine(words));
    }
  });
});

describe("--code -", () => {
  it.each([
    ["--code", "-"],
    ["--code-file", "-"],
  ])("%s %s reads standard input, at both sides", async (...flags) => {
    const world = new World();
    const input = "\n7-guitarist-revenge\n";
    const sender = await world.wormhole(["send", "--text", "hello", ...flags], { input });
    expect(await sender.code()).toBe("7-guitarist-revenge");
    const receiver = await world.wormhole(["receive", ...flags], { input });
    expect((await receiver.outcome).stdout).toBe("hello");
  });

  it("leaves the lines behind the code to the questions", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "hello", "--verify", "--code", "-"], {
      input: "7-guitarist-revenge\nyes\n",
    });
    await sender.code();
    const receiver = await world.wormhole(["receive", "7-guitarist-revenge"]);
    expect((await receiver.outcome).stdout).toBe("hello");
  });

  it("asks a person", async () => {
    const sender = await new World().wormhole(["send", "--text", "hello", "--code", "-"], { isInteractive: true });
    await sender.says(/Code to use: $/);
    sender.types("7-guitarist-revenge\n");
    expect(await sender.code()).toBe("7-guitarist-revenge");
    sender.kill("SIGTERM");
    await sender.outcome;
  });

  it.each([
    [["send", "--text", "-", "--code", "-"], /cannot give both/],
    [["send", "--text", "x", "--code", "-", "--code-file", "f"], /--code-file/],
    [["send", "--text", "x", "--code-file", "f", "--code-length", "3"], /--code-length/],
    [["receive", "--code-file", "f", "7-a-b"], /two codes/],
    [["receive", "--code-file", "f", "--allocate"], /--allocate/],
    [["receive", "-0", "--code-file", "f"], /-0|--zero/],
  ])("%j contradicts itself", async (args, words) => {
    const { status, stderr } = await (await new World().wormhole(args, { input: "7-a-b\n" })).outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(words);
  });
});
