/** Which standard streams cannot be used, in real processes. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const MODULE = fileURLToPath(new URL("../../src/terminal/closed-stream.ts", import.meta.url));
const SCRIPT = `import(${JSON.stringify(MODULE)}).then(({ wasClosed, inputProblem }) => console.error(JSON.stringify([inputProblem() ?? null, wasClosed(1)])))`;

/** Runs the two questions in a process that a shell starts with these redirections. */
function asked(redirections: string): unknown {
  const command = `exec "$0" -e "$1" ${redirections}`;
  const { stderr } = spawnSync("sh", ["-c", command, process.execPath, SCRIPT], { encoding: "utf8" });
  return JSON.parse(stderr);
}

describe.skipIf(process.platform !== "linux")("a program that was started with", () => {
  it.each([
    ["</dev/null >/dev/null", [null, false]],
    [">&- </dev/null", [null, true]],
    ["<&- >/dev/null", ["it is closed", false]],
    ["</ >/dev/null", ["it is a folder", false]],
    ["<&- >&-", ["it is closed", true]],
    ["</dev/null >/dev/full", [null, false]],
  ])("%s knows what it cannot use", (redirections, expected) => {
    expect(asked(redirections)).toEqual(expected);
  });
});
