/** Wrong options are refused at the call, with their names, before anything is opened or a code is used. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createWormhole, restoreWormhole, TransitReceiver, TransitSender } from "../../src/index.ts";
import { getTor, inputWithCompletion, receive, sendPath, sendText } from "../../src/node.ts";
import { World } from "../session/world.ts";

type Call = (options: Record<string, unknown>) => unknown;

const world = () => {
  const openMessageSocket = vi.fn(() => ({ send() {}, close() {} }));
  onTestFinished(() => expect(openMessageSocket).not.toHaveBeenCalled());
  return { relayUrl: "ws://memory/v1", platform: { openMessageSocket } };
};
const wrong = (value: unknown) => value as never;

/** Every public call that takes options. What it returns is not looked at, because it has to throw. */
const CALLS: Readonly<Record<string, Call>> = {
  createWormhole: (options) => createWormhole({ appId: "a", ...world(), ...options }),
  "createWormhole with a delegate": (options) => createWormhole({ appId: "a", ...world(), delegate: {}, ...options }),
  restoreWormhole(options) {
    const state = new World().delegated().wormhole.serialize();
    return restoreWormhole(state, { delegate: {}, platform: world().platform, ...options });
  },
  dilate(options) {
    const wormhole = new World().wormhole();
    return wormhole.dilate(options);
  },
  TransitSender: (options) => new TransitSender(options),
  TransitReceiver: (options) => new TransitReceiver(options),
  sendText: (options) => sendText("hello", { ...world(), ...options }),
  sendPath: (options) => sendPath("package.json", { ...world(), ...options }),
  receive: (options) => receive({ ...world(), ...options }),
  getTor: (options) => getTor(options),
};

/** Calls the function, and returns its error, whether it was thrown or the promise rejects. */
async function refusal(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return "nothing was refused";
}

/** Values of a wrong type for each kind of option. */
const NO_TEXT = [3, null, ["a"], {}, Symbol("a")];
const NO_NAME = [...NO_TEXT, ""];
const NO_FLAG = [1, "yes", null];
const NO_FUNCTION = [3, "f", {}, null];
const NO_OBJECT = [3, "x", null, () => {}];
const NO_LIST = ["tcp:x:1", [1], {}, [new URL("ws://x")]];
const NO_SECONDS = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "3"];
const COMMON = { signal: [3, {}, "abort", null], timing: [{}, 3, "t"], platform: NO_OBJECT, tor: [{}, 3, true, null] };
const TRANSFER = {
  ...COMMON,
  relayUrl: [3, null, {}, undefined],
  appId: NO_NAME,
  code: NO_TEXT,
  codeLength: [0, 1.5, "2", 1000],
  verify: NO_FLAG,
  relays: NO_LIST,
  listen: NO_FLAG,
};
const CREATE = {
  ...COMMON,
  appId: [...NO_NAME, undefined],
  relayUrl: [3, null, {}, undefined],
  versions: NO_OBJECT,
  dilation: NO_FLAG,
  welcomeHandler: NO_FUNCTION,
  onStatus: NO_FUNCTION,
};

const WRONG: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  createWormhole: { ...CREATE, journal: [{ process() {}, queueOutbound() {} }] },
  "createWormhole with a delegate": { ...CREATE, delegate: NO_OBJECT, journal: [{}, { process() {} }, 3] },
  restoreWormhole: { ...COMMON, delegate: [...NO_OBJECT, undefined], journal: [{}], onStatus: NO_FUNCTION },
  dilate: {
    relays: NO_LIST,
    listen: NO_FLAG,
    expectedSubprotocols: ["fowl", [1]],
    pingInterval: NO_SECONDS,
    patience: [...NO_SECONDS, 604_801],
    onStatus: NO_FUNCTION,
    signal: COMMON.signal,
  },
  TransitSender: { ...COMMON, relays: NO_LIST, listen: NO_FLAG },
  TransitReceiver: { ...COMMON, relays: NO_LIST, listen: NO_FLAG },
  sendText: TRANSFER,
  sendPath: { ...TRANSFER, ignoreUnsendable: NO_FLAG },
  receive: { ...TRANSFER, enterCode: NO_FUNCTION, directory: NO_NAME, output: NO_NAME, overwrite: NO_FLAG },
  getTor: {
    controlPort: NO_NAME,
    launch: NO_FLAG,
    onProgress: NO_FUNCTION,
    patience: NO_SECONDS,
    signal: COMMON.signal,
  },
};

/** A misspelt name, and the name that was meant. */
const MISSPELT: Readonly<Record<string, readonly [string, string][]>> = {
  createWormhole: [
    ["appID", "appId"],
    ["relayURL", "relayUrl"],
    ["relayURl", "relayUrl"],
    ["onstatus", "onStatus"],
    ["welcomeHander", "welcomeHandler"],
    ["version", "versions"],
    ["dilatoin", "dilation"],
    ["delegat", "delegate"],
  ],
  restoreWormhole: [["jounral", "journal"]],
  dilate: [
    ["realys", "relays"],
    ["expectedSubProtocols", "expectedSubprotocols"],
  ],
  TransitSender: [["relay", "relays"]],
  TransitReceiver: [["listens", "listen"]],
  sendText: [["codelength", "codeLength"]],
  sendPath: [["ignoreUnsendible", "ignoreUnsendable"]],
  receive: [
    ["overwite", "overwrite"],
    ["directoy", "directory"],
    ["enterCodes", "enterCode"],
  ],
  getTor: [["controlport", "controlPort"]],
};

// proves: api/checked-options
describe.each(Object.entries(CALLS))("%s", (name, call) => {
  it.each(Object.entries(WRONG[name] ?? {}))("refuses wrong values of the option %s", async (option, values) => {
    for (const value of values) {
      const error = await refusal(() => call({ [option]: value }));
      expect(error, String(value)).toBeInstanceOf(TypeError);
      expect((error as Error).message, String(value)).toContain(option);
    }
  });

  it.each(MISSPELT[name] ?? [])("refuses %s, and proposes %s", async (misspelt, meant) => {
    const error = await refusal(() => call({ [misspelt]: undefined }));
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(`did you mean "${meant}"`);
  });

  it("has a row of wrong values for every option, and accepts all names of the other calls and of strangers", async () => {
    const known = Object.keys(WRONG[name] ?? {});
    const others = Object.values(WRONG).flatMap((rows) => Object.keys(rows));
    const more = Object.fromEntries([...others, "x", "colour", "myOwnThing"].map((option) => [option, undefined]));
    for (const option of known) delete more[option];
    const error = await refusal(() => call({ ...more, [known[0] ?? ""]: WRONG[name]?.[known[0] ?? ""]?.[0] }));
    expect((error as Error).message).toContain(known[0]);
  });
});

describe("a call without its options or its argument", () => {
  const options = { relayUrl: "ws://memory/v1" };
  it.each<[string, () => unknown, string]>([
    ["createWormhole()", () => Reflect.apply(createWormhole, undefined, []), "appId and relayUrl"],
    ["createWormhole(null)", () => createWormhole(wrong(null)), "appId and relayUrl"],
    ["restoreWormhole(state)", () => Reflect.apply(restoreWormhole, undefined, [{}]), "delegate"],
    ["sendText(42)", () => sendText(wrong(42), options), "text must be a string"],
    ["sendText()", () => Reflect.apply(sendText, undefined, []), "text must be a string"],
    ["sendPath(42)", () => sendPath(wrong(42), options), "path must be a string"],
    ["sendPath(null)", () => sendPath(wrong(null), options), "path must be a string"],
    ['sendPath("x")', () => Reflect.apply(sendPath, undefined, ["x"]), "relayUrl"],
    ['sendText("x")', () => Reflect.apply(sendText, undefined, ["x"]), "relayUrl"],
    ['receive("7-a-b")', () => receive(wrong("7-a-b")), "relayUrl"],
    ["receive()", () => Reflect.apply(receive, undefined, []), "relayUrl"],
    ["new TransitSender(3)", () => new TransitSender(wrong(3)), "a transit"],
    ["getTor(3)", () => getTor(wrong(3)), "getTor"],
    ["inputWithCompletion(p, i, 3)", () => inputWithCompletion("code", wrong({}), wrong(3)), "inputWithCompletion"],
  ])("%s is a TypeError that says what is missing", async (_, call, words) => {
    const error = await refusal(call);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toContain(words);
  });
});

it("the address of the mailbox server may be a URL", async () => {
  const urls: string[] = [];
  const openMessageSocket = (url: string) => {
    urls.push(url);
    return { send() {}, close() {} };
  };
  const relayUrl = new URL("ws://memory:4000/v1");
  createWormhole({ appId: "a", relayUrl, platform: { openMessageSocket } });
  const { signal } = new AbortController();
  sendText("hello", { relayUrl, signal, platform: { openMessageSocket } });
  await Promise.resolve();
  await Promise.resolve();
  expect(urls).toEqual(["ws://memory:4000/v1", "ws://memory:4000/v1"]);
});
