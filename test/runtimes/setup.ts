/** Before the tests of a file on another runtime: leaves out what it cannot run, and reports errors as Node does. */
import { beforeEach } from "vitest";
import { LEFT_OUT, RUNTIME } from "./left-out.ts";

// Node has no `reportError`, so that reported errors arrive at `console.error`, where the tests look for them.
globalThis.reportError = (error: unknown) => console.error(error);

const leftOut = LEFT_OUT[process.env[RUNTIME] ?? ""] ?? [];

beforeEach(({ task, skip }) => {
  const titles: string[] = [];
  for (let part: { name: string; suite?: { name: string } } | undefined = task; part; part = part.suite)
    titles.unshift(part.name);
  const title = titles.join(" ");
  const found = leftOut.find(({ file, titles }) => task.file.name.endsWith(file) && (titles?.test(title) ?? true));
  if (found) skip(found.reason);
});
