/** Errors of callbacks reach the handler for uncaught errors of the platform, in a process of its own. */
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";

// The path of the source, because a process of its own has no aliases.
const report = new URL("../../src/base/report.ts", import.meta.url).href;

/** What a program prints that reports an error. `before` runs first. */
function told(before: string): string {
  const program = `
    process.on("uncaughtException", (error) => console.log("uncaught", error.message));
    ${before}
    const { attempt } = await import(${JSON.stringify(report)});
    attempt(() => { throw new Error("of the application"); });
    console.log("goes on");
    setTimeout(() => console.log("ends"), 10);`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
}

it("an error of a callback is an uncaught exception of the process, after the library has gone on", () => {
  expect(told("").split("\n").slice(0, 3)).toEqual(["goes on", "uncaught of the application", "ends"]);
});

it("an error of a callback goes to `reportError` where the platform has it, as in a browser", () => {
  const before = `globalThis.reportError = (error) => console.log("reported", error.message);`;
  expect(told(before).split("\n").slice(0, 3)).toEqual(["reported of the application", "goes on", "ends"]);
});
