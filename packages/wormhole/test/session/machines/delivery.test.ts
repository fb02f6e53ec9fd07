/** The table of the machine `delivery`: the order of events for the application, and the numbers of messages. */
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import type { WormholeEvent } from "../../../src/session/events.ts";
import { MAX_HELD_BYTES, MAX_HELD_MESSAGES } from "../../../src/session/limits.ts";
import { delivery, type State } from "../../../src/session/machines/delivery.ts";
import { tell, to } from "../../../src/session/machines/effects.ts";
import { NEW_SERIES, type Series } from "../../../src/session/machines/series.ts";
import { prove } from "./prove.ts";

const none = { messages: NEW_SERIES, controls: NEW_SERIES };
const ungreeted: State = { at: "ungreeted", ...none };
const greeted: State = { at: "greeted", ...none };
const introduced: State = { at: "introduced", ...none };
const stopped: State = { at: "stopped" };
const series = (more: Partial<Series>): Series => ({ ...NEW_SERIES, ...more });
const [key, plaintext] = [Uint8Array.of(1), Uint8Array.of(2)];
const [m0, m1, m3] = [Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(3)];

const welcome = { motd: "hello" };
const greet = { on: "welcome", welcome } as const;
const refusal = { on: "welcome", welcome: { error: "go away" } } as const;
const toPermission = to("permission", { on: "greeted", welcome });
const turnedAway = to("outcome", { on: "turnedAway", reason: "go away" });
const message = (phase: string, plaintext: Uint8Array) => ({ on: "message", phase, plaintext }) as const;
const version = (text: string) => message("version", utf8ToBytes(text));
const versions = (value: object) => tell({ type: "versions", versions: value as Record<string, never> });
const told = (text: number) => tell({ type: "message", message: Uint8Array.of(text) });
const control = (text: number) => tell({ type: "dilation", message: Uint8Array.of(text) });
const sent = (phase: string) => to("send", { on: "send", phase, plaintext });
const overwhelmed = to("outcome", { on: "overwhelmed" });

// proves: session/told-in-order, session/told-once, session/nothing-told-after-the-end, api/versions-first
prove("delivery", {
  transitions: [
    [ungreeted, greet, [greeted, tell({ type: "welcome", welcome }), toPermission]],
    [
      { ...ungreeted, code: "7-a" },
      greet,
      [greeted, tell({ type: "welcome", welcome }), tell({ type: "code", code: "7-a" }), toPermission],
    ],
    [ungreeted, refusal, [ungreeted, turnedAway]],
    [ungreeted, { on: "codeKnown", code: "7-a" }, [{ ...ungreeted, code: "7-a" }]],
    [ungreeted, { on: "send", plaintext }, [{ ...ungreeted, messages: series({ nextSend: 1 }) }, sent("0")]],
    [ungreeted, { on: "stop" }, [stopped]],
    // The welcome on a later connection.
    [greeted, greet, [greeted, toPermission]],
    // Everything at the server must be released, so it must still admit this client.
    [greeted, refusal, [greeted, turnedAway, to("permission", { on: "greeted", welcome: { error: "go away" } })]],
    [greeted, { on: "codeKnown", code: "7-a" }, [greeted, tell({ type: "code", code: "7-a" })]],
    [greeted, { on: "keyAgreed", key }, [greeted, tell({ type: "key", key })]],
    [greeted, { on: "verified", verifier: key }, [greeted, tell({ type: "verifier", verifier: key })]],
    [greeted, { on: "send", plaintext }, [{ ...greeted, messages: series({ nextSend: 1 }) }, sent("0")]],
    [greeted, { on: "stop" }, [stopped]],
    [introduced, greet, [introduced, toPermission]],
    [introduced, { on: "stop" }, [stopped]],
    [stopped, greet, [stopped, toPermission]],
    // Control messages have numbers of their own.
    [
      ungreeted,
      { on: "sendControl", plaintext },
      [{ ...ungreeted, controls: series({ nextSend: 1 }) }, sent("dilate-0")],
    ],
    [greeted, { on: "sendControl", plaintext }, [{ ...greeted, controls: series({ nextSend: 1 }) }, sent("dilate-0")]],
    [
      { ...introduced, messages: series({ nextSend: 7 }), controls: series({ nextSend: 2, nextReceive: 3 }) },
      { on: "sendControl", plaintext },
      [
        { ...introduced, messages: series({ nextSend: 7 }), controls: series({ nextSend: 3, nextReceive: 3 }) },
        sent("dilate-2"),
      ],
    ],
    [
      { ...introduced, messages: series({ nextSend: 7 }) },
      { on: "send", plaintext },
      [{ ...introduced, messages: series({ nextSend: 8 }) }, sent("7")],
    ],
    [greeted, version('{"app_versions":{"a":1}}'), [introduced, versions({ a: 1 })]],
    // The peer's messages wait for its versions, and for their predecessors.
    [greeted, message("0", m0), [{ ...greeted, messages: series({ held: { 0: m0 } }) }]],
    [
      { ...greeted, messages: series({ held: { 0: m0, 1: m1, 3: m3 } }) },
      version("{}"),
      [{ ...introduced, messages: series({ nextReceive: 2, held: { 3: m3 } }) }, versions({}), told(0), told(1)],
    ],
    [introduced, message("1", m1), [{ ...introduced, messages: series({ held: { 1: m1 } }) }]],
    [
      { ...introduced, messages: series({ held: { 1: m1 } }) },
      message("0", m0),
      [{ ...introduced, messages: series({ nextReceive: 2 }) }, told(0), told(1)],
    ],
    [
      { ...introduced, messages: series({ nextReceive: 2 }) },
      message("1", key),
      [{ ...introduced, messages: series({ nextReceive: 2 }) }],
    ],
    [introduced, version('{"app_versions":{"twice":1}}'), [introduced]],
    // Control messages wait for the versions and for their predecessors, but not for messages of the application.
    [greeted, message("dilate-0", m0), [{ ...greeted, controls: series({ held: { 0: m0 } }) }]],
    [
      { ...greeted, messages: series({ held: { 0: Uint8Array.of(9) } }), controls: series({ held: { 0: m0 } }) },
      version("{}"),
      [
        { ...introduced, messages: series({ nextReceive: 1 }), controls: series({ nextReceive: 1 }) },
        versions({}),
        told(9),
        control(0),
      ],
    ],
    [introduced, message("dilate-1", m1), [{ ...introduced, controls: series({ held: { 1: m1 } }) }]],
    [
      { ...introduced, messages: series({ held: { 1: key } }), controls: series({ nextSend: 5, held: { 1: m1 } }) },
      message("dilate-0", m0),
      [
        { ...introduced, messages: series({ held: { 1: key } }), controls: series({ nextSend: 5, nextReceive: 2 }) },
        control(0),
        control(1),
      ],
    ],
    [
      { ...introduced, controls: series({ nextReceive: 2 }) },
      message("dilate-1", key),
      [{ ...introduced, controls: series({ nextReceive: 2 }) }],
    ],
    ...["dilate-", "dilate-00", "dilate-x", "DILATE-0", "00", "-1", "1e3", "1234567890", " 1", "٣", ""].map(
      (phase) => [introduced, message(phase, key), [introduced]] as const,
    ),
  ],
  refused: { ungreeted: ["keyAgreed", "verified", "message"] },
});

describe("the peer's versions", () => {
  it.each(["", "[]", "7", '{"app_versions":7}', '{"app_versions":null}', '{"app_versions":[1]}', "\u{feff}x"])(
    "%j count as empty",
    (text) => {
      expect(delivery.step(greeted, version(text))).toEqual([introduced, versions({})]);
    },
  );
});

describe("the versions of dilation that the peer supports", () => {
  const told = (can: unknown) => {
    const [, effect] = delivery.step(greeted, version(JSON.stringify({ "can-dilate": can })));
    return (effect as { event: WormholeEvent & { type: "versions" } }).event;
  };

  it("are told with its other versions", () => {
    expect(told(["ged", "zod"])).toEqual({ type: "versions", versions: {}, canDilate: ["ged", "zod"] });
  });

  it.each([[], {}, "ged", 7, null, true, [7, null, ["ged"]]])("are missing in %j", (can) => {
    expect(told(can)).toStrictEqual({ type: "versions", versions: {} });
  });

  it("are the texts among the first sixteen entries", () => {
    const many = Array.from({ length: 20 }, (_, n) => `v${n}`);
    expect(told([7, ...many]).canDilate).toEqual(many.slice(0, 15));
  });
});

describe.each(["", "dilate-"])('messages "%sN" that come too early', (name) => {
  const held = (count: number, size: number): State => {
    const bodies = Array.from({ length: count }, (_, at) => [String(at + 1), new Uint8Array(size)] as const);
    const early = series({ held: Object.fromEntries(bodies) });
    return name === "" ? { ...introduced, messages: early } : { ...introduced, controls: early };
  };
  const next = message(`${name}999999`, new Uint8Array(1));

  // proves: session/bounded
  it("are held up to a number", () => {
    expect(delivery.step(held(MAX_HELD_MESSAGES - 1, 1), next)).toHaveLength(1);
    const full = held(MAX_HELD_MESSAGES, 1);
    expect(delivery.step(full, next)).toEqual([full, overwhelmed]);
  });

  // proves: session/bounded
  it("are held up to a size", () => {
    expect(delivery.step(held(1, MAX_HELD_BYTES - 1), next)).toHaveLength(1);
    const full = held(1, MAX_HELD_BYTES);
    expect(delivery.step(full, next)).toEqual([full, overwhelmed]);
  });

  it("may be empty", () => {
    const [, ...effects] = delivery.step(introduced, message(`${name}0`, new Uint8Array()));
    const type = name === "" ? "message" : "dilation";
    expect(effects).toEqual([tell({ type, message: new Uint8Array() } satisfies WormholeEvent)]);
  });
});
