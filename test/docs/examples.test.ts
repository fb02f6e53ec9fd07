/** The examples of docs/testing.md and docs/tor.md do what the pages promise, on the built package. */
import { expect, it } from "vitest";
import { startPageExample } from "../support/example-runner.ts";

it("a program can be tested without sockets", async () => {
  const { stdout, code } = await startPageExample("docs/testing.md").ended;
  expect(stdout).toBe("still here\nthrough the relay\n");
  expect(code).toBe(0);
});

it("a program that needs Tor fails with NoTorError where Tor is missing", async () => {
  const nowhere = (code: string) => code.replace("getTor()", 'getTor({ controlPort: "tcp:127.0.0.1:1" })');
  const { stderr, code } = await startPageExample("docs/tor.md", nowhere).ended;
  expect(stderr).toContain("NoTorError");
  expect(code).toBe(1);
});
