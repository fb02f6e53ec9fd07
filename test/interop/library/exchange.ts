/** A short exchange of messages, and what must hold at both ends afterwards. */
import { expect } from "vitest";
import { type End, hex, type Meeting, utf8 } from "./stage.ts";

/** The messages of each side. On the wire, the first is phase `0`, the second `1` and so on. */
const OURS = ["one", "", "three"].map(utf8);
const THEIRS = ["uno", "dos", ""].map(utf8);

/** Our side sends its message with this index. */
export async function sendOurs({ ours }: Meeting, index: number): Promise<void> {
  await ours.side.send(OURS[index] ?? utf8(""));
}

/** Their side sends its message with this index. */
export async function sendTheirs({ theirs }: Meeting, index: number): Promise<void> {
  await theirs.side.send(THEIRS[index] ?? utf8(""));
}

/** Each side sends its message with this index. */
export async function sendOneEach(meeting: Meeting, index: number): Promise<void> {
  await sendOurs(meeting, index);
  await sendTheirs(meeting, index);
}

/** Sends all three messages each way, and waits for them. */
export async function converse(meeting: Meeting): Promise<void> {
  for (const index of OURS.keys()) await sendOneEach(meeting, index);
  await expectMessages(meeting);
}

/** Waits for all three messages in order on both sides. */
export async function expectMessages({ ours, theirs }: Meeting): Promise<void> {
  expect(await theirs.side.log.some("message", OURS.length)).toEqual(OURS.map(hex));
  expect(await ours.side.log.some("message", THEIRS.length)).toEqual(THEIRS.map(hex));
}

/**
 * Expects no event twice, the same secrets at both ends, and on the wire one name of the side and one ciphertext for
 * each phase, whatever was repeated.
 */
export function expectEverythingOnce({ ours, theirs }: Meeting): void {
  for (const end of [ours, theirs]) expectOneOfEach(end);
  for (const name of ["key", "verifier"] as const) expect(ours.side.log.all(name)).toEqual(theirs.side.log.all(name));
}

function expectOneOfEach({ side, tap }: End): void {
  for (const name of ["welcome", "code", "key", "verifier", "versions", "closed"] as const) {
    // The delegate of the reference library receives the welcome of each connection.
    const times = name === "welcome" && side.title === "Python's, delegated" ? tap.count("welcome") : 1;
    expect(side.log.all(name).length, `${side.title}: ${name}`).toBe(times);
  }
  expect(tap.sides.size, side.title).toBe(1);
  for (const [phase, bodies] of tap.bodies) expect(bodies.size, `${side.title}: ${phase}`).toBe(1);
}
