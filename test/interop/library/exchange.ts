/** A short exchange of messages, and what has to be true of both ends when it is over. */
import { expect } from "vitest";
import { type End, hex, type Meeting, utf8 } from "./stage.ts";

/** What each side sends: the first is `0`, the second `1` … on the wire. */
const OURS = ["one", "", "three"].map(utf8);
const THEIRS = ["uno", "dos", ""].map(utf8);

/** Our side sends its message of that number. */
export async function sayOurs({ ours }: Meeting, index: number): Promise<void> {
  await ours.side.send(OURS[index] ?? utf8(""));
}

export async function sayTheirs({ theirs }: Meeting, index: number): Promise<void> {
  await theirs.side.send(THEIRS[index] ?? utf8(""));
}

export async function sayOne(meeting: Meeting, index: number): Promise<void> {
  await sayOurs(meeting, index);
  await sayTheirs(meeting, index);
}

/** All three messages each way. */
export async function converse(meeting: Meeting): Promise<void> {
  for (const index of OURS.keys()) await sayOne(meeting, index);
  await expectMessages(meeting);
}

/** Waits for all three messages, in order, on either side. */
export async function expectMessages({ ours, theirs }: Meeting): Promise<void> {
  expect(await theirs.side.story.some("message", OURS.length)).toEqual(OURS.map(hex));
  expect(await ours.side.story.some("message", THEIRS.length)).toEqual(THEIRS.map(hex));
}

/** No event twice, one side and one ciphertext for each phase whatever was repeated, and the same secrets. */
export function expectEverythingOnce({ ours, theirs }: Meeting): void {
  for (const end of [ours, theirs]) expectOneStory(end);
  for (const name of ["key", "verifier"] as const)
    expect(ours.side.story.all(name)).toEqual(theirs.side.story.all(name));
}

function expectOneStory({ side, tap }: End): void {
  for (const name of ["welcome", "code", "key", "verifier", "versions", "closed"] as const) {
    // The reference library's delegate gets every welcome. A connection to a server that is still starting brings none.
    const times = name === "welcome" && side.title === "Python's, delegated" ? tap.welcomes : 1;
    expect(side.story.all(name).length, `${side.title}: ${name}`).toBe(times);
  }
  expect(tap.sides.size, side.title).toBe(1);
  for (const [phase, bodies] of tap.bodies) expect(bodies.size, `${side.title}: ${phase}`).toBe(1);
}
