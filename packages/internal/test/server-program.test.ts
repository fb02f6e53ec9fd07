/** How a server program ends if it cannot start. The tests of both servers have the rest. */
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
