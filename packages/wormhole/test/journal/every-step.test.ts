/** A program that dies once at each step of a session: every event is still seen exactly once. */
import { describe, expect, it } from "vitest";
import { CODE, World } from "../session/world.ts";
import { type Checkpoint, type Moment, Program, type ProgramOptions, WORDS } from "./program.ts";

/** Plays a session of two programs. One of them may die once. */
async function play(mortal: "a" | "b", options: ProgramOptions): Promise<{ world: World; a: Program; b: Program }> {
  const world = new World();
  const part = (name: "a" | "b") =>
    new Program(name, world, (wormhole) => wormhole.setCode(CODE), name === mortal ? options : {});
  const [a, b] = [part("a"), part("b")];
  for (let second = 0; second < 60 && !(a.over && b.over); second++) await world.clock.advance(1_000);
  await world.clock.advance(1_000);
  return { world, a, b };
}

/** The events that a program must see, wherever it dies. */
function expected({ memory }: Program, peer: string): string[] {
  const secret = (kind: string) => memory.seen.find((event) => event.startsWith(kind));
  return [
    "welcome",
    `code ${CODE}`,
    secret("key") ?? "key",
    secret("verifier") ?? "verifier",
    `versions of ${peer}`,
    ...WORDS.map((word) => `message ${peer} ${word}`),
    "closed happy",
  ];
}

/** Each phase of each side was encrypted once, and no nonce was used twice. */
function checkCiphertexts({ server }: World): void {
  const added = server.received.filter(({ type }) => type === "add");
  const bodies = new Map(added.map(({ phase, body }) => [`${String(phase)} ${String(body)}`, String(body)]));
  const phases = [...bodies.keys()].map((key) => key.split(" ")[0] ?? "");
  expect(phases.toSorted((one, other) => one.localeCompare(other)).join()).toBe(
    "0,0,1,1,2,2,pake,pake,version,version",
  );
  const nonces = added.filter(({ phase }) => phase !== "pake").map(({ body }) => String(body).slice(0, 48));
  expect(new Set(nonces).size).toBe(8);
}

function sides(program: Program): Set<unknown> {
  const states = program.checkpoints.map((checkpoint) => (JSON.parse(checkpoint) as Checkpoint).wormhole);
  return new Set(states.map(({ session }) => (session.send as { side: string }).side));
}

/** Plays one session for each checkpoint, in which the program dies there. Returns the number of checkpoints. */
async function dieEverywhere(mortal: "a" | "b", moment: Moment, options: ProgramOptions = {}): Promise<number> {
  for (let checkpoint = 0; ; checkpoint++) {
    const { world, a, b } = await play(mortal, { ...options, death: { checkpoint, moment } });
    const place = `died ${moment} of checkpoint ${checkpoint}`;
    expect(a.memory.seen, place).toEqual(expected(a, "b"));
    expect(b.memory.seen, place).toEqual(expected(b, "a"));
    expect(a.memory.seen.slice(2, 4), place).toEqual(b.memory.seen.slice(2, 4));
    expect([sides(a).size, sides(b).size], place).toEqual([1, 1]);
    checkCiphertexts(world);
    expect(world.server.nameplates, place).toEqual([]);
    expect(world.server.mailboxes, place).toBe(0);
    if (a.deaths + b.deaths === 0) return checkpoint;
  }
}

// proves: api/journal-option
describe.each(["a", "b"] as const)("program %s dies at any checkpoint", (mortal) => {
  // proves: session/encrypted-once, session/told-once
  it.each<Moment>(["before the save", "after the save", "after the effects"])("%s, and resumes", async (moment) => {
    expect(await dieEverywhere(mortal, moment)).toBeGreaterThan(12);
  });
});

describe("a program whose saves take time dies at any checkpoint", () => {
  it.each<Moment>(["before the save", "during the save", "after the save"])("%s, and resumes", async (moment) => {
    expect(await dieEverywhere("a", moment, { saving: 30 })).toBeGreaterThan(8);
  });
});
