/** What the program asks the real process, such as whether a terminal can hang up. */
import { describe, expect, it, vi } from "vitest";
import { hangUpStops, sentenceAbout } from "../../src/terminal/process-host.ts";

const terminals = vi.hoisted(() => new Set<number>());
vi.mock("node:tty", async (original) => ({
  ...(await original<object>()),
  isatty: (fd: number) => terminals.has(fd),
}));

describe("a hang-up stops the program", () => {
  it.each([
    ["a terminal", [0, 1, 2], {}, true],
    ["a terminal at standard input only", [0], {}, true],
    ["a terminal at standard error only", [2], { _: "/usr/bin/wormhole" }, true],
    ["no terminal, as behind nohup", [], {}, false],
    ["nohup that leaves standard input", [0], { _: "/usr/bin/nohup" }, false],
    ["a program whose name ends alike", [0], { _: "/usr/bin/mynohup" }, true],
  ])("with %s", (_, fds, environment, stops) => {
    terminals.clear();
    for (const fd of fds) terminals.add(fd);
    expect(hangUpStops(environment)).toBe(stops);
  });
});

it("an error that nothing has caught is one line, without anything that a terminal obeys", () => {
  expect(sentenceAbout(new Error("bad\n\u001b[2J"))).toMatch(/^ERROR: This is a bug [^\n\u001b]*bad\?\?\[2J\n$/);
});
