import { utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import type { Ending } from "../../../src/session/ending.ts";
import { MAX_HELD_BYTES, MAX_HELD_MESSAGES } from "../../../src/session/limits.ts";
import { boss, newBoss, type State, type WormholeEvent } from "../../../src/session/machines/boss.ts";
import { type Effect, tell, to } from "../../../src/session/machines/effects.ts";
import type { Mood } from "../../../src/session/messages.ts";
import { prove } from "./prove.ts";

const progress = { ...newBoss, welcomed: true, introduced: false, nextSend: 0, nextReceive: 0, held: {} };
const lonely: State = { ...progress, at: "lonely" };
const happy: State = { ...progress, at: "happy" };
const introduced: State = { ...happy, introduced: true };
const closing: State = { at: "closing", ending: { kind: "happy" } };
const welcome = { motd: "hello" };
const welcomed = to("link", { on: "welcomed", welcome });
const [key, plaintext] = [Uint8Array.of(1), Uint8Array.of(2)];
const giveUp = to("terminator", { on: "giveUp" });

const ends = (ending: Ending, mood: Mood): [State, Effect] => [
  { at: "closing", ending },
  to("terminator", { on: "close", mood }),
];
const message = (phase: string, plaintext: Uint8Array) => ({ on: "message", phase, plaintext }) as const;
const version = (text: string) => message("version", utf8ToBytes(text));
const versions = (value: object) => tell({ type: "versions", versions: value as Record<string, never> });
const told = (text: number) => tell({ type: "message", message: Uint8Array.of(text) });
const sent = to("send", { on: "send", phase: "0", plaintext });
const control = (text: number) => tell({ type: "dilation", message: Uint8Array.of(text) });
const controlSent = (number: number) => to("send", { on: "send", phase: `dilate-${number}`, plaintext });
const none = { nextSend: 0, nextReceive: 0, held: {} };
const serverError = { on: "serverError", reason: "crowded" } as const;
const turnedAway = { on: "turnedAway", reason: "full" } as const;
const refusal = { on: "welcome", welcome: { error: "go away" } } as const;
const unreachable = { kind: "unreachable", failure: "refused", detail: "down" } as const;
const [crowdedState, crowdedEnd] = ends({ kind: "server", reason: "crowded" }, "errory");
const crowded = [
  crowdedState,
  to("allocator", { on: "refused" }),
  to("nameplate", { on: "refused" }),
  crowdedEnd,
] as const;
const tooMany = ends({ kind: "server", reason: "too many messages" }, "errory");

prove("boss", {
  transitions: [
    [
      { ...lonely, welcomed: false },
      { on: "welcome", welcome },
      [lonely, tell({ type: "welcome", welcome }), welcomed],
    ],
    [
      { ...lonely, welcomed: false, heldCode: "7-a" },
      { on: "welcome", welcome },
      [lonely, tell({ type: "welcome", welcome }), tell({ type: "code", code: "7-a" }), welcomed],
    ],
    // Greeted again after a reconnect.
    [lonely, { on: "welcome", welcome }, [lonely, welcomed]],
    [{ ...lonely, welcomed: false }, refusal, ends({ kind: "welcome", reason: "go away" }, "unwelcome")],
    [
      lonely,
      refusal,
      [
        ...ends({ kind: "welcome", reason: "go away" }, "unwelcome"),
        to("link", { on: "welcomed", welcome: { error: "go away" } }),
      ],
    ],
    [lonely, { on: "gotCode", code: "7-a" }, [lonely, tell({ type: "code", code: "7-a" })]],
    [{ ...lonely, welcomed: false }, { on: "gotCode", code: "7-a" }, [{ ...lonely, welcomed: false, heldCode: "7-a" }]],
    [lonely, { on: "gotKey", key }, [lonely, tell({ type: "key", key })]],
    [lonely, { on: "verified", verifier: key }, [happy, tell({ type: "verifier", verifier: key })]],
    [lonely, { on: "send", plaintext }, [{ ...lonely, nextSend: 1 }, sent]],
    // Control messages have numbers of their own.
    [lonely, { on: "dilate", plaintext }, [{ ...lonely, dilation: { ...none, nextSend: 1 } }, controlSent(0)]],
    [
      { ...happy, nextSend: 7, dilation: { ...none, nextSend: 2, nextReceive: 3 } },
      { on: "dilate", plaintext },
      [{ ...happy, nextSend: 7, dilation: { ...none, nextSend: 3, nextReceive: 3 } }, controlSent(2)],
    ],
    [lonely, { on: "close" }, ends({ kind: "lonely" }, "lonely")],
    [lonely, { on: "scared" }, ends({ kind: "wrongPassword" }, "scary")],
    [lonely, { on: "overwhelmed" }, tooMany],
    [lonely, serverError, crowded],
    [lonely, turnedAway, ends({ kind: "welcome", reason: "full" }, "unwelcome")],
    [lonely, { on: "unreachable", ending: unreachable }, ends(unreachable, "errory")],
    [happy, { on: "welcome", welcome }, [happy, welcomed]],
    [happy, { on: "send", plaintext }, [{ ...happy, nextSend: 1 }, sent]],
    [happy, { on: "close" }, ends({ kind: "happy" }, "happy")],
    [happy, { on: "scared" }, ends({ kind: "wrongPassword" }, "scary")],
    [happy, { on: "overwhelmed" }, tooMany],
    [happy, serverError, crowded],
    [happy, turnedAway, ends({ kind: "welcome", reason: "full" }, "unwelcome")],
    [happy, version('{"app_versions":{"a":1}}'), [introduced, versions({ a: 1 })]],
    // The peer's messages wait for its versions, and for their predecessors.
    [happy, message("0", Uint8Array.of(0)), [{ ...happy, held: { 0: Uint8Array.of(0) } }]],
    [
      { ...happy, held: { 0: Uint8Array.of(0), 1: Uint8Array.of(1), 3: Uint8Array.of(3) } },
      version("{}"),
      [{ ...introduced, nextReceive: 2, held: { 3: Uint8Array.of(3) } }, versions({}), told(0), told(1)],
    ],
    [introduced, message("1", Uint8Array.of(1)), [{ ...introduced, held: { 1: Uint8Array.of(1) } }]],
    [
      { ...introduced, held: { 1: Uint8Array.of(1) } },
      message("0", Uint8Array.of(0)),
      [{ ...introduced, nextReceive: 2 }, told(0), told(1)],
    ],
    [{ ...introduced, nextReceive: 2 }, message("1", key), [{ ...introduced, nextReceive: 2 }]],
    [introduced, version('{"app_versions":{"twice":1}}'), [introduced]],
    // The peer's control messages too wait for its versions and for their predecessors, and for no other message.
    [
      happy,
      message("dilate-0", Uint8Array.of(0)),
      [{ ...happy, dilation: { ...none, held: { 0: Uint8Array.of(0) } } }],
    ],
    [
      { ...happy, held: { 0: Uint8Array.of(9) }, dilation: { ...none, held: { 0: Uint8Array.of(0) } } },
      version("{}"),
      [{ ...introduced, nextReceive: 1, dilation: { ...none, nextReceive: 1 } }, versions({}), told(9), control(0)],
    ],
    [
      introduced,
      message("dilate-1", Uint8Array.of(1)),
      [{ ...introduced, dilation: { ...none, held: { 1: Uint8Array.of(1) } } }],
    ],
    [
      { ...introduced, held: { 1: key }, dilation: { ...none, nextSend: 5, held: { 1: Uint8Array.of(1) } } },
      message("dilate-0", Uint8Array.of(0)),
      [{ ...introduced, held: { 1: key }, dilation: { ...none, nextSend: 5, nextReceive: 2 } }, control(0), control(1)],
    ],
    [
      { ...introduced, dilation: { ...none, nextReceive: 2 } },
      message("dilate-1", key),
      [{ ...introduced, dilation: { ...none, nextReceive: 2 } }],
    ],
    ...["dilate-", "dilate-00", "dilate-x", "DILATE-0", "00", "-1", "1e3", "1234567890", " 1", "٣", ""].map(
      (phase) => [introduced, message(phase, key), [introduced]] as const,
    ),
    [closing, { on: "welcome", welcome }, [closing, welcomed]],
    [closing, turnedAway, [closing, giveUp]],
    [closing, serverError, [closing, giveUp]],
    [
      closing,
      { on: "finished", late: false },
      [{ at: "closed", ending: { kind: "happy" } }, tell({ type: "closed", ending: { kind: "happy" } })],
    ],
    [
      closing,
      { on: "finished", late: true },
      [{ at: "closed", ending: { kind: "abandoned" } }, tell({ type: "closed", ending: { kind: "abandoned" } })],
    ],
    [
      { at: "closing", ending: { kind: "lonely" } },
      { on: "finished", late: true },
      [{ at: "closed", ending: { kind: "lonely" } }, tell({ type: "closed", ending: { kind: "lonely" } })],
    ],
  ],
  refused: {},
});

describe("the peer's versions", () => {
  it.each(["", "[]", "7", '{"app_versions":7}', '{"app_versions":null}', '{"app_versions":[1]}', "\u{feff}x"])(
    "%j are none",
    (text) => {
      expect(boss.step(happy, version(text))).toEqual([introduced, versions({})]);
    },
  );
});

describe("the versions of dilation that the peer speaks", () => {
  const told = (can: unknown) => {
    const [, effect] = boss.step(happy, version(JSON.stringify({ "can-dilate": can })));
    return (effect as { event: WormholeEvent & { type: "versions" } }).event;
  };

  it("are told with its other versions", () => {
    expect(told(["ged", "zod"])).toEqual({ type: "versions", versions: {}, canDilate: ["ged", "zod"] });
  });

  it.each([[], {}, "ged", 7, null, true, [7, null, ["ged"]]])("%j are none", (can) => {
    expect(told(can)).toStrictEqual({ type: "versions", versions: {} });
  });

  it("are texts, and those of the first sixteen", () => {
    const many = Array.from({ length: 20 }, (_, n) => `v${n}`);
    expect(told([7, ...many]).canDilate).toEqual(many.slice(0, 15));
  });
});

describe.each(["", "dilate-"])('messages "%sN" that come too early', (name) => {
  const held = (count: number, size: number): State => {
    const bodies = Array.from({ length: count }, (_, at) => [String(at + 1), new Uint8Array(size)] as const);
    const early = { ...none, held: Object.fromEntries(bodies) };
    return name === "" ? { ...introduced, ...early } : { ...introduced, dilation: early };
  };
  const next = message(`${name}999999`, new Uint8Array(1));

  it("are held up to a number", () => {
    expect(boss.step(held(MAX_HELD_MESSAGES - 1, 1), next)).toHaveLength(1);
    expect(boss.step(held(MAX_HELD_MESSAGES, 1), next)).toEqual(tooMany);
  });

  it("are held up to a size", () => {
    expect(boss.step(held(1, MAX_HELD_BYTES - 1), next)).toHaveLength(1);
    expect(boss.step(held(1, MAX_HELD_BYTES), next)).toEqual(tooMany);
  });

  it("may be empty", () => {
    const [, ...effects] = boss.step(introduced, message(`${name}0`, new Uint8Array()));
    const type = name === "" ? "message" : "dilation";
    expect(effects).toEqual([tell({ type, message: new Uint8Array() } satisfies WormholeEvent)]);
  });
});
