/** The end of a server program that cannot start. Everything else is in the tests of both servers. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const program = fileURLToPath(new URL("program.ts", import.meta.url));
const run = (failure: string) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, failure], { encoding: "utf8" });
  return { status, stdout, stderr };
};

it("an expected failure is one sentence, without a stack trace", () => {
  expect(run("expected")).toEqual({ status: 1, stdout: "", stderr: "There is no disk.\n" });
});

it("an unexpected failure is written with its stack trace", () => {
  const { status, stderr } = run("unexpected");
  expect(status).toBe(1);
  expect(stderr).toMatch(/^Error: a fault of the program\n +at .*program\.ts/);
});
