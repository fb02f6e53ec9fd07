/** The program `wormhole-transit-relay`, as an operator starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { parseOptions } from "../src/options.ts";
import { line, newToken, openPair, TcpTestClient } from "./clients.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => {
    output.stdout += text;
  });
  child.stderr.on("data", (text) => {
    output.stderr += text;
  });
  const ended = once(child, "close").then(([code]) => ({ code, ...output }));
  return { child, output, ended };
}

async function ready({ child, output }: ReturnType<typeof start>, lines: number): Promise<string[]> {
  while (output.stdout.split("\n").length <= lines) await once(child.stdout, "data");
  return output.stdout.split("\n").slice(0, -1);
}

const portOf = (announcement: string) => Number(announcement.split(":").at(-1));

const anyPort = "127.0.0.1:0";

describe("wormhole-transit-relay", () => {
  it("prints its addresses, relays, and ends with exit code 0 on a signal", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const program = start("--listen", anyPort, "--listen-websocket", anyPort);
      const [tcp = "", ws = ""] = await ready(program, 2);
      expect(tcp).toMatch(/^relay tcp:127\.0\.0\.1:\d+$/);
      expect(ws).toMatch(/^relay ws:\/\/127\.0\.0\.1:\d+$/);
      const ports = { port: portOf(tcp), websocketUrl: ws.slice("relay ".length) };
      const [a, b] = await openPair(ports, "tcp", "ws");
      await a.send("hello");
      await b.expect("hello");
      program.child.kill(signal);
      expect(await program.ended).toEqual({ code: 0, stdout: `${tcp}\n${ws}\n`, stderr: "" });
    }
  });

  it("prints only its TCP address by default", async () => {
    const program = start("--listen", "[::1]:0");
    const lines = await ready(program, 1);
    expect(lines).toEqual([expect.stringMatching(/^relay tcp:\[::1\]:\d+$/)]);
  });

  it("a port that is in use ends the start with one sentence, which names the option", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    for (const args of [
      ["--listen", `127.0.0.1:${port}`],
      ["--listen", anyPort, "--listen-websocket", `127.0.0.1:${port}`],
    ]) {
      const reason = `Cannot listen on 127.0.0.1:${port}: another program uses this port.`;
      expect(await start(...args).ended).toEqual({
        code: 1,
        stdout: "",
        stderr: `${reason} Choose another port with ${args.at(-2)}; port 0 is any free one.\n`,
      });
    }
    other.close();
  });

  it.each([
    [["--listen", "4001"]],
    [["--listen", "127.0.0.1:65536"]],
    [["--listen", "::1:4001"]],
    [["--listen-websocket", ":0"]],
    [["--max-wait", "0"]],
    [["--max-wait", "25d"]],
    [["--unknown"]],
    [["word"]],
  ])("refuses %j with exit code 2", async (args) => {
    const { code, stdout, stderr } = await start(...args).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .+\n$/);
  });

  it("closing the standard output early is no error", async () => {
    const program = start("--help");
    program.child.stdout.destroy();
    expect(await program.ended).toMatchObject({ code: 0, stderr: "" });
  });

  it("--help shows examples, --version and -V the version", async () => {
    const help = await start("--help").ended;
    expect(help).toMatchObject({ code: 0, stderr: "" });
    expect(help.stdout).toContain("Examples:");
    for (const flag of ["--version", "-V"]) {
      const version = expect.stringMatching(/^\d+\.\d+\.\d+\n$/);
      expect(await start(flag).ended).toEqual({ code: 0, stdout: version, stderr: "" });
    }
  });

  it("--max-wait closes a client that has no partner", async () => {
    const program = start("--listen", anyPort, "--max-wait", "0.05");
    const [tcp = ""] = await ready(program, 1);
    const client = await TcpTestClient.open({ port: portOf(tcp) });
    await client.send(line(newToken(), "a"));
    // Far more than 50 ms, for a busy machine, and far less than the default of five minutes.
    await Promise.race([client.untilClosed(), setTimeout(15_000, undefined, { ref: false })]);
    expect(client.isClosed).toBe(true);
    expect(client.text).toBe("");
  });

  it.each([
    [[], 300],
    [["--max-wait", "90s"], 90],
    [["--max-wait", "1.5m"], 90],
    [["--max-wait", "24d"], 2_073_600],
    [["--max-wait", "45"], 45],
  ])("%j lets a client wait for %i seconds", (args, seconds) => {
    expect(parseOptions(args).waitingTime).toBe(seconds * 1000);
  });
});
