/**
 * Shows that two programs complete a whole exchange, with three messages each way, although they never run at the same time.
 *
 * `alice.ts` and `bob.ts` run in turns, each in a process of its own, until both are done. In between, their messages are at
 * the mailbox server, which keeps them for a week. Their states are in files that only their owner can read. Run it with
 * Node 24 or newer:
 *
 *     npm run build
 *     node examples/never-alive-together/run.ts
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";

const WEEK_SECONDS = 7 * 24 * 60 * 60;
/** Alice needs five lives and Bob four. More would mean that they make no progress. */
const MOST_LIVES = 12;
/** The programs end by themselves long before this. */
const LONGEST_LIFE_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), "never-alive-together-"));
const server = await startMailboxServer({ db: join(folder, "mailbox.sqlite"), expireAfter: WEEK_SECONDS });
const files = { alice: join(folder, "alice.json"), bob: join(folder, "bob.json") };
let code = "";
let lives = 0;
let alive = 0;

try {
  const done = new Set<string>();
  for (let name: "alice" | "bob" = "alice"; done.size < 2; name = name === "alice" ? "bob" : "alice") {
    if (!done.has(name)) await live(name);
    if (!existsSync(files[name])) done.add(name);
  }
  console.log(`${lives} lives, never two at a time`);
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Runs one life, from its beginning to its end. */
async function live(name: "alice" | "bob"): Promise<void> {
  if (++lives > MOST_LIVES) throw new Error("the programs make no progress");
  if (alive++ > 0) throw new Error("two programs run at the same time");
  const program = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [program, files[name], server.url, code], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LONGEST_LIFE_MS,
  });
  console.log(`-- ${name} lives`);
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    code ||= /knows the code: (\S+)/.exec(text)?.[1] ?? "";
  });
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  alive--;
  if (status !== 0) throw new Error(`${name} ended with ${status ?? signal}`);
}
