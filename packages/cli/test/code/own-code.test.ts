/** How easily the codes that people make up are guessed, and the warning that says so. */
import { describe, expect, it } from "vitest";
import { bitsOf } from "../../src/code/own-code.ts";
import { World } from "../world.ts";

describe("a code that is easy to guess", () => {
  it.each(["1-a", "7-guitarist", "7-a-b", "12345678901-x", "7-secret", "7-12345678", "7-aaaaaaaaaaaa", "7-!!!"])(
    "%s",
    (code) => {
      expect(bitsOf(code)).toBeLessThan(16);
    },
  );

  it.each(["7-guitarist-revenge", "7-my-own-secret", "7-x9$kQ2-", "7-correct-horse", "7-🙈🙉🙊🐵"])(
    "%s is not",
    (code) => {
      expect(bitsOf(code)).toBeGreaterThanOrEqual(16);
    },
  );
});

describe("a warning", () => {
  it.each([
    [["send", "--text", "x", "--code", "1-a"], /Warning: This code is easy to guess/],
    [["send", "--text", "x", "-c", "1"], /Warning: One guess in 256/],
    [["receive", "--allocate", "-c", "1"], /Warning: One guess in 256/],
  ])("%j is warned of, and works", async (args, words) => {
    const run = await new World().wormhole(args);
    await run.code();
    expect(run.stderr.text).toMatch(words);
    run.kill("SIGTERM");
    await run.outcome;
  });

  it.each([[["--code", "7-my-own-secret"]], [["-c", "2"]], [[]]])("send %j has none", async (args) => {
    const run = await new World().wormhole(["send", "--text", "x", ...args]);
    await run.code();
    expect(run.stderr.text).not.toContain("Warning");
    run.kill("SIGTERM");
    await run.outcome;
  });
});
