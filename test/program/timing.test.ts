/** Timing files of real processes. What they contain is tested in packages/cli/test/commands/timing.test.ts. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasTerminals, Run, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
let folder = "";
beforeAll(async () => {
  servers = await startServers();
  folder = mkdtempSync(join(tmpdir(), "wormhole-timing-"));
});
afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

interface Event {
  readonly name: string;
  readonly stop: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

const at = (name: string) => join(folder, name);
const events = (name: string) => JSON.parse(readFileSync(at(name), "utf8")) as Event[];

it("both sides of a transfer record to the end of their processes, and both files are drawn as one page", async () => {
  const options = { cwd: folder };
  const sender = servers.wormhole(["--dump-timing", "sent.json", "send", "--text", "x"], options);
  const receiver = servers.wormhole(["receive", "--dump-timing", "received.json", await sender.code()], options);
  expect([(await sender.outcome).status, (await receiver.outcome).status]).toEqual([0, 0]);
  for (const name of ["sent.json", "received.json"]) {
    expect(events(name)[0]?.name).toBe("start");
    expect(events(name).at(-1)).toMatchObject({ name: "exit", details: { status: 0 } });
  }
  const { status, stdout } = await new Run(["timing", "sent.json", "received.json"], options).outcome;
  expect([status, stdout.toString()]).toEqual([0, expect.stringMatching(/sent\.json.*received\.json/s)]);
});

it("a second signal ends the process at once, and the file is written", async () => {
  const server = new Run(["serve", "--mailbox-port", "0", "--relay-port", "0"]);
  const [, url = ""] = await server.says(/^mailbox (\S+)\n/, "stdout");
  const sender = new Run(["--relay-url", url, "send", "--text", "x", "--dump-timing", at("hung.json")]);
  await sender.code();
  server.child.kill("SIGSTOP");
  sender.child.kill("SIGINT");
  await sender.says(/Stopping/);
  sender.child.kill("SIGINT");
  await sender.outcome;
  expect(events("hung.json").find(({ name }) => name === "close")?.stop).toBeNull();
  expect(events("hung.json").at(-1)?.details.status).toBe(130);
  server.child.kill("SIGKILL");
  await server.outcome;
});

it.skipIf(!hasTerminals)("the page is written beside the file if standard output is a terminal", async () => {
  writeFileSync(at("b.json"), JSON.stringify([{ name: "work", start: 1, stop: 2, details: {} }]));
  const run = new Run(["timing", "b.json"], { cwd: folder, inTerminal: true });
  expect((await run.outcome).stdout.toString()).toContain("Wrote b.json.html");
  expect(readFileSync(at("b.json.html"), "utf8")).toContain("work");
});
