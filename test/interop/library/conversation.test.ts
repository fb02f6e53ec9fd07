/** Whole sessions between our library and the reference library, with all events of both. */
import { describe, expect, it } from "vitest";
import type { Side } from "./side.ts";
import { agree, CODE, closeWell, hex, introduced, type Meeting, onMailboxes, PAIRS, utf8 } from "./stage.ts";

const WAYS: { readonly [title: string]: (meeting: Meeting) => Promise<void> } = {
  "allocated by ours": ({ ours, theirs }) => passOn(ours.side, (code) => theirs.side.setCode(code)),
  "allocated by theirs": ({ ours, theirs }) => passOn(theirs.side, (code) => ours.side.setCode(code)),
  "set on both": (meeting) => agree(meeting),
  "allocated by ours, typed by theirs": ({ ours, theirs }) => passOn(ours.side, (code) => theirs.side.typeCode(code)),
  "allocated by theirs, typed by ours": ({ ours, theirs }) => passOn(theirs.side, (code) => ours.side.typeCode(code)),
};

async function passOn(allocating: Side, other: (code: string) => Promise<void>): Promise<void> {
  await allocating.allocateCode();
  await other(await allocating.log.first("code"));
}

const OUR_VERSIONS = {
  "example.com/features": ["a", "b", []],
  numbers: [0, -1, 2.5, 1e21, 9_007_199_254_740_991],
  nested: { deep: { deeper: [null, true, false, { "": "the empty key" }] } },
  "naïve ✓": '日本語 🪱 \u0000 " \\ \u2028',
  $bytes: "00",
};
const THEIR_VERSIONS = { ...OUR_VERSIONS, theirs: ["cafe\u0301", "caf\u00e9"] };

/** Longer than one TCP segment and one short WebSocket frame, with every byte in it. */
const large = (seed: number) => Uint8Array.from({ length: 60_000 }, (_, index) => (index * seed) >> 3);
const MESSAGES = [utf8(""), new Uint8Array(1), utf8("naïve ✓ 日本語 🪱"), large(7), utf8("{}"), large(11), utf8("")];
const EARLY = 3;

const PURPOSES = ["interop", "", "日本語 🪱", "\u212bngstr\u00f6m", "caf\u00e9", "cafe\u0301"];
const LENGTHS = [1, 32, 255];

onMailboxes((stage) => {
  // proves: api/same-controls
  describe.each(PAIRS)("ours %s, theirs %s", (...flavours) => {
    // proves: api/pipe-of-records, api/typed-code
    it.each(Object.entries(WAYS))("with a code %s", async (_, agreeOnCode) => {
      const meeting = await stage.meet(flavours, { ourVersions: OUR_VERSIONS, theirVersions: THEIR_VERSIONS });
      await sendBothWays(meeting, MESSAGES.slice(0, EARLY));
      await agreeOnCode(meeting);
      await introduced(meeting);
      await sendBothWays(meeting, MESSAGES.slice(EARLY));
      await expectSameSecrets(meeting);
      await expectSameKeys(meeting);
      expect(await meeting.ours.side.log.first("versions")).toEqual(THEIR_VERSIONS);
      expect(await meeting.theirs.side.log.first("versions")).toEqual(OUR_VERSIONS);
      await expectMessages(meeting);
      await closeWell(meeting);
      expectOrder(meeting);
    });
  });

  // proves: api/versions-first
  it("without versions, each side receives an empty object", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    await agree(meeting);
    await introduced(meeting);
    for (const { side } of [meeting.ours, meeting.theirs]) expect(side.log.all("versions")).toEqual([{}]);
    await closeWell(meeting);
  });

  // proves: api/cannot-dilate
  it("a peer that announces dilation can exchange messages as usual", async () => {
    const meeting = await stage.meet(["deferred", "deferred"], { dilation: true, theirVersions: THEIR_VERSIONS });
    await agree(meeting);
    await introduced(meeting);
    expect(meeting.ours.side.log.all("versions")).toEqual([THEIR_VERSIONS]);
    await sendBothWays(meeting, MESSAGES);
    await expectMessages(meeting);
    await closeWell(meeting);
  });

  const FORMS = ["NFC", "NFD"] as const;
  it.each(FORMS)("a code with accents may be %s on our side and the other form on theirs", async (form) => {
    const other = form === "NFC" ? "NFD" : "NFC";
    const meeting = await stage.meet(["deferred", "deferred"]);
    const code = "7-café-ångström-日本語";
    await meeting.ours.side.setCode(code.normalize(form));
    await meeting.theirs.side.setCode(code.normalize(other));
    await introduced(meeting);
    await expectSameSecrets(meeting, { code: false });
    expect(meeting.ours.side.log.all("code")).toEqual([code.normalize(form)]);
    expect(meeting.theirs.side.log.all("code")).toEqual([code.normalize(other)]);
    await closeWell(meeting);
  });

  it.each(FORMS)("an app id in %s is sent to the server unchanged, and enters the key as NFC", async (form) => {
    const appId = `café.example.com/ångström/${form}`.normalize(form);
    const meeting = await stage.meet(["deferred", "deferred"], { appId });
    await agree(meeting);
    await introduced(meeting);
    await expectSameSecrets(meeting);
    for (const { tap } of [meeting.ours, meeting.theirs]) expect(tap.passed).toContainEqual(bindTo(appId));
    await closeWell(meeting);
  });

  it("both send the same commands to the server, in the same order", async () => {
    const meeting = await stage.meet(["deferred", "deferred"]);
    await meeting.ours.side.setCode(CODE);
    await meeting.ours.tap.sent("add pake");
    await meeting.theirs.side.setCode(CODE);
    await introduced(meeting);
    await sendBothWays(meeting, [utf8("hello")]);
    await Promise.all([meeting.ours, meeting.theirs].map(({ side }) => side.log.first("message")));
    await closeWell(meeting);
    const session = ["bind", "claim", "open", "add pake", "release", "add version", "add 0", "close"];
    expect([meeting.ours.tap.commands, meeting.theirs.tap.commands]).toEqual([session, session]);
  });
});

const bindTo = (appid: string) =>
  expect.objectContaining({ message: expect.objectContaining({ type: "bind", appid }) });

async function sendBothWays({ ours, theirs }: Meeting, messages: readonly Uint8Array[]): Promise<void> {
  for (const message of messages) {
    await ours.side.send(message);
    await theirs.side.send(message.toReversed());
  }
}

async function expectMessages({ ours, theirs }: Meeting): Promise<void> {
  expect(await theirs.side.log.some("message", MESSAGES.length)).toEqual(MESSAGES.map(hex));
  expect(await ours.side.log.some("message", MESSAGES.length)).toEqual(
    MESSAGES.map((message) => hex(message.toReversed())),
  );
}

async function expectSameSecrets({ ours, theirs }: Meeting, { code = true } = {}): Promise<void> {
  for (const name of code ? (["code", "key", "verifier"] as const) : (["key", "verifier"] as const)) {
    expect(await ours.side.log.first(name), name).toBe(await theirs.side.log.first(name));
  }
  expect(await ours.side.log.first("key")).toMatch(/^[0-9a-f]{64}$/);
}

async function expectSameKeys({ ours, theirs }: Meeting): Promise<void> {
  const wanted = PURPOSES.flatMap((purpose) => LENGTHS.map((length) => [purpose, length] as const));
  const derived = (side: Side) => Promise.all(wanted.map(([purpose, length]) => side.deriveKey(purpose, length)));
  const keys = await derived(ours.side);
  expect(keys).toEqual(await derived(theirs.side));
  expect(keys.map((key) => key.length / 2)).toEqual(wanted.map(([, length]) => length));
  const long = keys.filter((_, index) => wanted[index]?.[1] === 32);
  expect(new Set(long).size).toBe(new Set(PURPOSES.map((purpose) => purpose.normalize("NFC"))).size);
}

/**
 * Every event but messages comes once. Ours come in this order; theirs may have the code before or after the welcome.
 */
function expectOrder({ ours, theirs }: Meeting): void {
  const order = ["welcome", "code", "key", "verifier", "versions", "message", "closed"];
  const outline = (side: Side) => side.log.outline.filter((name) => name !== "refused");
  expect(outline(ours.side)).toEqual(order);
  expect(outline(theirs.side).slice(2)).toEqual(order.slice(2));
  expect(new Set(outline(theirs.side))).toEqual(new Set(order));
}
