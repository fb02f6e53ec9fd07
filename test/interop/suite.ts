/** The interop tests that every pair of programs must pass, on every kind of servers. */
import { describe, expect, it } from "vitest";
import { type Ended, tail } from "../support/processes.ts";
import { go, type Program, rust, type Way } from "../support/programs.ts";
import type { ServerKind } from "../support/servers.ts";
import { knownFault } from "./faults.ts";
import * as materials from "./materials.ts";
import { onServers, type Stage } from "./stage.ts";

/** Two programs, of which the first one sends. */
export type Pair = readonly [sender: Program, receiver: Program];

/** The longest time that people still call immediate. A process that hangs is killed much later. */
const AT_ONCE_SECONDS = 8;
/** More than the handshakes of unused connections to the relay, and less than any material. */
const HANDSHAKES_BYTES = 2000;

const TEXTS = { "a text in Unicode": "naïve ✓ 日本語 'quoted' 🪱", "a text of several lines": "one\n\ttwo \\ three\n" };
const { awkwardFile, emptyFile, bigFile, tree, hollowTree, emptyDirectory } = materials;

/** Registers all tests of these pairs on each kind of servers. */
export function interop(kinds: readonly ServerKind[], pairs: readonly Pair[], directories = true): void {
  for (const kind of kinds) {
    onServers(kind, (stage) => {
      for (const pair of pairs) {
        describe(`${pair[0].title} to ${pair[1].title}`, () => {
          if (!pair.includes(rust)) texts(stage, pair);
          files(stage, pair);
          if (directories) trees(stage, pair);
          wrongCode(stage, pair);
          refusal(stage, pair);
        });
      }
    });
  }
}

function files(stage: Stage, pair: Pair): void {
  for (const way of ["direct", "relay"] as const) {
    for (const material of [awkwardFile, bigFile]) arrives(stage, pair, material, way);
  }
  arrives(stage, pair, emptyFile, "direct");
}

function trees(stage: Stage, pair: Pair): void {
  for (const way of ["direct", "relay"] as const) arrives(stage, pair, tree, way);
  for (const material of [hollowTree, emptyDirectory]) arrives(stage, pair, material, "direct");
}

/** Both programs have the code beforehand and start at once, so the receiver may be the first. */
function texts(stage: Stage, [sender, receiver]: Pair): void {
  it.for(Object.entries(TEXTS))("%s", async ([, text], context) => {
    const outcome = await transferWithRetry(stage, context, () => ({
      sender,
      receiver,
      content: { text },
      code: freshCode(),
    }));
    expectSuccess(outcome.sender, outcome.receiver);
    expect(outcome.receiver.stdout).toBe(receiver.prints(text));
  });
}

let nameplate = 1000;
const freshCode = () => `${nameplate++}-guitarist-revenge`;

function arrives(stage: Stage, [sender, receiver]: Pair, material: materials.Material, way: Way): void {
  const fault = knownFault(sender, receiver, material);
  if (fault && !fault.arrives) return;
  const title = `${material.title}, ${way === "direct" ? "directly" : "through the relay"}`;
  it(fault ? `${title} (${fault.because})` : title, async (context) => {
    const content = { path: stage.make(material) };
    const outcome = await transferWithRetry(stage, context, () => ({ sender, receiver, content, way }));
    expectSuccess(outcome.sender, outcome.receiver);
    const sent = stage.sent();
    expect(stage.arrived()).toEqual(fault?.arrives ? fault.arrives(sent) : sent);
    if (way === "direct") expect(outcome.relayed).toBeLessThan(HANDSHAKES_BYTES);
    else expect(outcome.relayed).toBeGreaterThan(HANDSHAKES_BYTES);
  });
}

function wrongCode(stage: Stage, [sender, receiver]: Pair): void {
  const keepsNameplate = [sender, receiver].includes(rust);
  const title = "a mistyped code ends both programs immediately";
  it(keepsNameplate ? `${title} (Rust does not release its nameplate)` : title, async (context) => {
    const content = { path: stage.make(awkwardFile) };
    const outcome = await stage.transfer(context, { sender, receiver, content, mistyped: true });
    expect([outcome.sender.code, outcome.receiver.code]).toEqual([1, 1]);
    expect(outcome.seconds).toBeLessThan(AT_ONCE_SECONDS);
    expect(stage.arrived()).toEqual({});
    if (keepsNameplate) await stage.ignoreNameplates();
  });
}

function refusal(stage: Stage, [sender, receiver]: Pair): void {
  it("a refused file ends both programs immediately, and the sender reports the refusal", async (context) => {
    const content = { path: stage.make(awkwardFile) };
    const outcome = await transferWithRetry(stage, context, () => ({
      sender,
      receiver,
      content,
      answer: "no" as const,
    }));
    expect(outcome.sender.code, tail(outcome.sender)).toBe(1);
    expect(outcome.sender.stderr + outcome.sender.stdout).toMatch(/reject/);
    expect(outcome.seconds).toBeLessThan(AT_ONCE_SECONDS);
    expect(stage.arrived()).toEqual({});
  });
}

/**
 * Runs a transfer, and a second one if Go's key exchange was at fault. If the shared element ends with a zero byte,
 * about once in 256 times, the Go program derives a wrong key, whatever program the peer is.
 */
async function transferWithRetry(
  stage: Stage,
  context: Parameters<Stage["transfer"]>[0],
  make: () => Parameters<Stage["transfer"]>[1],
) {
  const transfer = make();
  const outcome = await stage.transfer(context, transfer);
  const output = tail(outcome.sender) + tail(outcome.receiver);
  const goFailed =
    [transfer.sender, transfer.receiver].includes(go) && /decrypt message failed|different codes/.test(output);
  return goFailed ? stage.transfer(context, make()) : outcome;
}

function expectSuccess(sender: Ended, receiver: Ended): void {
  const report = `sender: ${tail(sender)}\nreceiver: ${tail(receiver)}`;
  expect([sender.code, receiver.code], report).toEqual([0, 0]);
}
