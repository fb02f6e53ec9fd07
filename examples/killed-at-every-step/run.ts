/**
 * Shows that a program with a journal may be killed at any moment.
 *
 * `mortal.ts` has a session with a peer and is killed with SIGKILL at every step of it: before the checkpoint is saved,
 * before its effects are released, and after that. Each time, it is started again and resumes. In the end, it has seen each
 * event exactly once, and the peer has received each message exactly once. Run it with Node 24 or newer:
 *
 *     npm run build
 *     node examples/killed-at-every-step/run.ts
 */
import { deepStrictEqual } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { createWormhole } from "@wormhole-ts/wormhole";
import { Store } from "../store.ts";
import type { Kept } from "./mortal.ts";

/** Far more than the three deaths at each step of a session. */
const MOST_LIVES = 500;
/** Far more than a life takes, because no life has to wait. */
const LONGEST_LIFE_MS = 30_000;
const WORDS = ["You", "will not", "last"];

const folder = mkdtempSync(join(tmpdir(), "killed-at-every-step-"));
const server = await startMailboxServer();
const peer = createWormhole({ appId: "example.com/killed-at-every-step", relayUrl: server.url });
const [key, verifier] = [peer.getUnverifiedKey(), peer.getVerifier()];
const heard = talk();
let code: string | undefined;

try {
  let kills = 0;
  while (await isKilled()) if (++kills > MOST_LIVES) throw new Error("the program makes no progress");
  const deaths = readFileSync(join(folder, "deaths"), "utf8").trim().split("\n");
  checkDeaths(deaths, kills);
  await checkEvents();
  console.log(`survived ${kills} kills at ${deaths.length / 3} steps; every event was seen exactly once`);
} finally {
  await peer.close().catch(() => {});
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** The peer's part: sends three words and receives three. */
async function talk(): Promise<string[]> {
  for (const word of WORDS) peer.sendMessage(new TextEncoder().encode(word));
  const messages: string[] = [];
  while (messages.length < WORDS.length) messages.push(new TextDecoder().decode(await peer.getMessage()));
  await peer.close();
  return messages;
}

/** Runs one life of the program. Returns true if it ended by SIGKILL, and false if it ended normally. */
async function isKilled(): Promise<boolean> {
  const program = fileURLToPath(new URL("mortal.ts", import.meta.url));
  const child = spawn(process.execPath, [program, folder, server.url], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LONGEST_LIFE_MS,
  });
  child.stdout.setEncoding("utf8").on("data", hearCode);
  const [status, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  if (signal !== "SIGKILL" && status !== 0) throw new Error(`the program ended with ${status ?? signal}`);
  return signal === "SIGKILL";
}

/** Reads the code. The program prints it in every life, because an earlier life may have died before printing it. */
function hearCode(text: string): void {
  const said = /code (\S+)/.exec(text)?.[1];
  if (said === undefined) return;
  if (code === undefined) peer.setCode(said);
  else deepStrictEqual(said, code, "it prints the same code in every life");
  code = said;
}

/** Checks that the program died three times at every step, and never twice at the same place. */
function checkDeaths(deaths: string[], kills: number): void {
  deepStrictEqual(deaths.length, kills);
  const moments = new Map<string, Set<string>>();
  for (const death of deaths) {
    const [, moment = "", place = ""] = /^(.*?), (.*)$/.exec(death) ?? [];
    moments.set(place, (moments.get(place) ?? new Set()).add(moment));
  }
  const everyMoment = new Set(["before the save", "after the save", "after the effects"]);
  for (const [place, died] of moments) deepStrictEqual(died, everyMoment, place);
}

/** Checks that the program and the peer have seen each event once. */
async function checkEvents(): Promise<void> {
  const { memory } = new Store<Kept>(join(folder, "state.json")).read() ?? {};
  const secret = async (bytes: Promise<Uint8Array>) => Buffer.from(await bytes).toString("hex");
  console.log(memory?.seen.join("\n"));
  deepStrictEqual(await heard, ["I", "do not", "die"]);
  deepStrictEqual(memory?.seen, [
    "welcome",
    `code ${code}`,
    `key ${await secret(key)}`,
    `verifier ${await secret(verifier)}`,
    "versions",
    ...WORDS.map((word) => `message ${word}`),
    "closed happy",
  ]);
}
