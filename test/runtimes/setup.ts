/** Before the tests of a file on another runtime: leaves out what it cannot run. */
import { beforeEach } from "vitest";
import { LEFT_OUT, RUNTIME } from "./left-out.ts";

const leftOut = LEFT_OUT[process.env[RUNTIME] ?? ""] ?? [];

beforeEach(({ task, skip }) => {
  const titles: string[] = [];
  for (let part: { name: string; suite?: { name: string } } | undefined = task; part; part = part.suite)
    titles.unshift(part.name);
  const title = titles.join(" ");
  const found = leftOut.find(({ file, titles }) => task.file.name.endsWith(file) && (titles?.test(title) ?? true));
  if (found) skip(found.reason);
});
