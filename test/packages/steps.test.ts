/** How `npm test` runs its steps: in lanes side by side, until one fails. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import type { Step } from "../../scripts/steps.ts";
import { root } from "../support/programs.ts";

/** A step that runs JavaScript. */
const step = (title: string, code: string): Step => ({ title, command: ["node", "-e", code] });

/** Runs lanes in a process of their own, because their output is what people see. */
async function run(lanes: readonly (readonly Step[])[]): Promise<{ status: number; stdout: string }> {
  const folder = mkdtempSync(join(tmpdir(), "steps-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const main = join(folder, "main.ts");
  const steps = JSON.stringify(join(root, "scripts/steps.ts"));
  writeFileSync(main, `import { runLanes } from ${steps};\nprocess.exit(await runLanes(${JSON.stringify(lanes)}));\n`);
  const failed = (error: { code: number; stdout: string }) => error;
  const ended = await promisify(execFile)(process.execPath, [main]).catch(failed);
  return { status: "code" in ended ? ended.code : 0, stdout: ended.stdout };
}

it("the steps of a lane follow one another, and each prints its output as a whole", async () => {
  const loud = (word: string) =>
    step(word, `console.log("${word} 1"); setTimeout(() => console.log("${word} 2"), 100)`);
  const { status, stdout } = await run([[loud("one"), loud("two")], [loud("three")]]);
  for (const word of ["one", "two", "three"])
    expect(stdout).toMatch(new RegExp(`━━ ${word} .*\n${word} 1\n${word} 2\n`));
  expect(stdout.indexOf("two 1")).toBeGreaterThan(stdout.indexOf("one 2"));
  expect(status).toBe(0);
});

it("lanes run side by side: one can wait for another", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lanes-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = JSON.stringify(join(folder, "here"));
  const waiting = step("waiting", `const t = setInterval(() => fs.existsSync(${file}) && clearInterval(t), 10)`);
  const writing = step("writing", `fs.writeFileSync(${file}, "")`);
  expect((await run([[waiting], [writing]])).status).toBe(0);
});

it("a step that fails ends the others with everything that they started, and no further step begins", async () => {
  const folder = mkdtempSync(join(tmpdir(), "failing-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [started, late] = [join(folder, "started"), join(folder, "late")];
  const child = `fs.writeFileSync(${JSON.stringify(started)}, ""); setTimeout(() => fs.writeFileSync(${JSON.stringify(late)}, ""), 1500)`;
  const slow = step("slow", `child_process.spawnSync(process.execPath, ["-e", ${JSON.stringify(child)}])`);
  const failing = step(
    "failing",
    `const t = setInterval(() => fs.existsSync(${JSON.stringify(started)}) && process.exit(3), 10)`,
  );
  const { status, stdout } = await run([[slow, step("next", "")], [failing]]);
  expect(status).toBe(3);
  expect(stdout).toContain("failing: failed");
  expect(stdout).not.toContain("started: next");
  await new Promise((resolve) => setTimeout(resolve, 1700));
  expect(existsSync(late)).toBe(false);
});
