/** `getTor` with a private Tor: programs that stand for it, and the real one if it is installed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { NoTorError } from "../../src/errors.ts";
import { getTor, type TorOptions } from "../../src/tor/tor.node.ts";

const realTor = spawnSync("sh", ["-c", "command -v tor"], { encoding: "utf8" }).stdout.trim();
if (realTor === "") console.warn("The program tor is not installed: launching the real one is not tested.");

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "launch-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Puts temporary files into a folder of the test, and returns a function that lists what Tor has left there. */
function temporary(): () => string[] {
  const made = folder();
  vi.stubEnv("TMPDIR", made);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => readdirSync(made).filter((name) => name.startsWith("wormhole-tor-"));
}

/** Makes a program called tor, which comes first in the path. */
function programNamedTor(script: string): string {
  const bin = folder();
  writeFileSync(join(bin, "tor"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  return bin;
}

/** Returns the message of the error when there is no Tor. */
async function refusal(options: TorOptions): Promise<string> {
  const error = await getTor({ launch: true, ...options }).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(NoTorError);
  return (error as Error).message;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a private Tor", () => {
  it("cannot be launched if the program is not installed", async () => {
    const left = temporary();
    vi.stubEnv("PATH", folder());
    expect(await refusal({})).toMatch(/^The program tor is not installed\. .*apt install tor/);
    expect(left()).toEqual([]);
  });

  it("cannot be launched if there is no place for its files", async () => {
    vi.stubEnv("TMPDIR", join(folder(), "missing"));
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await refusal({})).toMatch(/^The program tor cannot be started: ENOENT.*missing/);
  });

  it("cannot be launched if the program ends at once, and the error has the end of its log", async () => {
    const left = temporary();
    programNamedTor("echo '[notice] Tor 0.0'; echo '[err] no \u001b[31mluck'; exit 1");
    const said = await refusal({});
    expect(said).toMatch(/ended at once\. Its last messages:\n\[notice\] Tor 0\.0\n\[err\] no .*luck$/);
    expect(said).not.toContain("\u001b");
    expect(left()).toEqual([]);
  });

  it("can be aborted while it starts", async () => {
    const left = temporary();
    programNamedTor("exec sleep 60");
    const calling = new AbortController();
    setTimeout(() => calling.abort(new Error("enough")), 100);
    await expect(getTor({ launch: true, signal: calling.signal })).rejects.toThrow("enough");
    expect(left()).toEqual([]);
  });
});

describe.skipIf(realTor === "")("the real program", () => {
  /** A Tor that never connects to a network. */
  const isolated = `echo $$ > "$0.pid"; exec ${realTor} "$@" --DisableNetwork 1`;

  it("is started in a private folder; if it gets stuck, it is ended and leaves nothing behind", async () => {
    const left = temporary();
    const bin = programNamedTor(isolated);
    const heard: string[] = [];
    const said = await refusal({
      patience: 500,
      onProgress: ({ percent, summary }) => heard.push(`${percent} ${summary}`),
    });
    expect(said).toMatch(/^Tor is running, but cannot connect to its network\. It got to 0 %: Starting\. /);
    expect(heard).toEqual(["0 Starting"]);
    expect(isAlive(Number(readFileSync(join(bin, "tor.pid"), "utf8")))).toBe(false);
    expect(left()).toEqual([]);
  });

  it("ends with the process that has launched it, even if that is killed", async () => {
    temporary();
    const bin = programNamedTor(isolated);
    const module = JSON.stringify(new URL("../../src/tor/tor.node.ts", import.meta.url).href);
    const code = `import(${module}).then(({ getTor }) => getTor({ launch: true, onProgress: () => console.log("up") }))`;
    const child = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const pid = Number(readFileSync(join(bin, "tor.pid"), "utf8"));
    expect(isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    await vi.waitUntil(() => !isAlive(pid), { timeout: 5_000 });
  });
});
