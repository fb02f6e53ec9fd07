/** The ends of a server program. Everything else is in the tests of both servers. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

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

it("a failure that nothing has caught is one line", () => {
  expect(run("later")).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^This is a bug [^\n]*a fault\?of the program\n$/),
  });
});

describe.skipIf(process.platform === "win32")("without a terminal", () => {
  /** Starts the server, perhaps behind a shell that ignores SIGHUP, and resolves when it is ready. */
  async function started(...command: string[]) {
    const [name, ...args] = [...command, process.execPath, program, "never"] as const;
    const server = spawn(name, args, { stdio: ["ignore", "pipe", "pipe"] });
    await once(server.stdout, "data");
    return server;
  }

  it.each([[[]], [["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"]]])(
    "a SIGHUP does not stop it: %j",
    async (command) => {
      const server = await started(...command);
      server.kill("SIGHUP");
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect([server.exitCode, server.signalCode]).toEqual([null, null]);
      server.kill("SIGTERM");
      expect(await once(server, "exit")).toEqual([0, null]);
    },
  );
});

it.skipIf(process.platform !== "linux")("output that cannot be written does not stop it", async () => {
  const full = openSync("/dev/full", "w");
  const server = spawn(process.execPath, [program, "never"], { stdio: ["ignore", full, full] });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(server.exitCode).toBeNull();
  server.kill("SIGTERM");
  await once(server, "exit");
});
