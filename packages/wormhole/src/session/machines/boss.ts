import { field, isObject, type JsonObject, parseObject } from "../../base/json.ts";
import { machine, type Step, stay } from "../../base/machine.ts";
import { type Ending, moodOf } from "../ending.ts";
import { type Effect, tell, to } from "./effects.ts";
import { numberedPhase } from "./phase.ts";
import { hold, NEW_SERIES, release, type Series } from "./series.ts";

/** What an application sees of a wormhole, in this order; each at most once but messages, of which there are two kinds. */
export type WormholeEvent =
  | { type: "welcome"; welcome: JsonObject }
  | { type: "code"; code: string }
  | { type: "key"; key: Uint8Array }
  | { type: "verifier"; verifier: Uint8Array }
  /** `canDilate`: the versions of dilation that its program speaks. */
  | { type: "versions"; versions: JsonObject; canDilate?: string[] }
  | { type: "message"; message: Uint8Array }
  /** A control message of dilation. */
  | { type: "dilation"; message: Uint8Array }
  | { type: "closed"; ending: Ending };

/** What has come, and what must wait for its turn. The series is that of the application's messages. */
interface Progress extends Series {
  welcomed: boolean;
  /** Known before the server has greeted us: the welcome comes first. */
  heldCode?: string;
  /** The peer's versions came; its messages may follow. */
  introduced: boolean;
  /** Dilation's control messages, once there were any. */
  dilation?: Series;
}

export type State =
  /** Nobody has proved to be there. */
  | ({ at: "lonely" } & Progress)
  /** The peer knows the code. */
  | ({ at: "happy" } & Progress)
  | { at: "closing"; ending: Ending }
  | { at: "closed"; ending: Ending };

export type Event =
  | { on: "welcome"; welcome: JsonObject }
  | { on: "gotCode"; code: string }
  | { on: "gotKey"; key: Uint8Array }
  | { on: "verified"; verifier: Uint8Array }
  /** A message of the peer, decrypted. */
  | { on: "message"; phase: string; plaintext: Uint8Array }
  | { on: "send"; plaintext: Uint8Array }
  | { on: "dilate"; plaintext: Uint8Array }
  | { on: "close" }
  /** A message did not decrypt. */
  | { on: "scared" }
  /** More came than anybody honest sends. */
  | { on: "overwhelmed" }
  | { on: "serverError"; reason: string }
  /** The server wants what we cannot give. */
  | { on: "turnedAway"; reason: string }
  /** The first connection failed. */
  | { on: "unreachable"; ending: Ending & { kind: "unreachable" } }
  /** Everything at the server is released, or nothing more can be done: `late`, if it did not confirm in time. */
  | { on: "finished"; late: boolean };

type Open = Extract<State, { at: "lonely" | "happy" }>;

/** What an application sees of all this, in which order, and how it ended. */
export const boss = machine<State, Event, Effect>({
  lonely: {
    welcome,
    gotCode,
    gotKey: (state, { key }) => [state, tell({ type: "key", key })],
    verified: (state, { verifier }) => [{ ...state, at: "happy" }, tell({ type: "verifier", verifier })],
    send,
    dilate,
    close: () => end({ kind: "lonely" }),
    scared: () => end({ kind: "wrongPassword" }),
    overwhelmed,
    serverError,
    turnedAway: (_, { reason }) => end({ kind: "welcome", reason }),
    unreachable: (_, { ending }) => end(ending),
    ...stay("message", "finished"),
  },
  happy: {
    welcome,
    message,
    send,
    dilate,
    close: () => end({ kind: "happy" }),
    scared: () => end({ kind: "wrongPassword" }),
    overwhelmed,
    serverError,
    turnedAway: (_, { reason }) => end({ kind: "welcome", reason }),
    // There is no peer without a code and a server.
    ...stay("gotCode", "gotKey", "verified", "unreachable", "finished"),
  },
  closing: {
    // The first cause counts. An error now answers our goodbye: there is nothing left to wait for.
    welcome: (state, { welcome }) => [state, welcomed(welcome)],
    turnedAway: (state) => [state, to("terminator", { on: "giveUp" })],
    serverError: (state) => [state, to("terminator", { on: "giveUp" })],
    finished: ({ ending }, { late }) => {
      const last: Ending = late && ending.kind === "happy" ? { kind: "abandoned" } : ending;
      return [{ at: "closed", ending: last }, tell({ type: "closed", ending: last })];
    },
    ...stay(
      "gotCode",
      "gotKey",
      "verified",
      "message",
      "send",
      "dilate",
      "close",
      "scared",
      "overwhelmed",
      "unreachable",
    ),
  },
  closed: {
    ...stay("welcome", "gotCode", "gotKey", "verified", "message", "send", "dilate", "close", "scared", "overwhelmed"),
    ...stay("serverError", "turnedAway", "unreachable", "finished"),
  },
});

export const newBoss: State = {
  at: "lonely",
  welcomed: false,
  introduced: false,
  ...NEW_SERIES,
};

function end(ending: Ending): Step<State, Effect> {
  return [{ at: "closing", ending }, to("terminator", { on: "close", mood: moodOf(ending) })];
}

function overwhelmed(): Step<State, Effect> {
  return end({ kind: "server", reason: "too many messages" });
}

/** It does not say what it is about: whoever asked something hears that no answer will come. */
function serverError(_: Open, { reason }: { reason: string }): Step<State, Effect> {
  const [next, ...effects] = end({ kind: "server", reason });
  return [next, to("allocator", { on: "refused" }), to("nameplate", { on: "refused" }), ...effects];
}

function welcomed(welcome: JsonObject): Effect {
  return to("link", { on: "welcomed", welcome });
}

/** A server may greet again, after each reconnect: only an error in it still matters. */
function welcome(state: Open, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const error = field(welcome, "error");
  if (typeof error === "string") return sentAway(state, welcome, error);
  if (state.welcomed) return [state, welcomed(welcome)];
  const { heldCode, ...rest } = state;
  const greeting = tell({ type: "welcome", welcome });
  const code = heldCode === undefined ? [] : [tell({ type: "code", code: heldCode })];
  return [{ ...rest, welcomed: true }, greeting, ...code, welcomed(welcome)];
}

/** A server that refuses us from the start holds nothing of ours; one that knew us must still release it. */
function sentAway(state: Open, welcome: JsonObject, reason: string): Step<State, Effect> {
  const [next, ...effects] = end({ kind: "welcome", reason });
  return state.welcomed ? [next, ...effects, welcomed(welcome)] : [next, ...effects];
}

function gotCode(state: Open, { code }: { code: string }): Step<State, Effect> {
  return state.welcomed ? [state, tell({ type: "code", code })] : [{ ...state, heldCode: code }];
}

function send(state: Open, { plaintext }: { plaintext: Uint8Array }): Step<State, Effect> {
  const phase = String(state.nextSend);
  return [{ ...state, nextSend: state.nextSend + 1 }, to("send", { on: "send", phase, plaintext })];
}

/** dilation-protocol.rst of magic-wormhole: control messages are phases with numbers of their own. */
function dilate(state: Open, { plaintext }: { plaintext: Uint8Array }): Step<State, Effect> {
  const { dilation = NEW_SERIES } = state;
  const next = { ...dilation, nextSend: dilation.nextSend + 1 };
  return [{ ...state, dilation: next }, to("send", { on: "send", phase: `dilate-${dilation.nextSend}`, plaintext })];
}

type Happy = Extract<State, { at: "happy" }>;

function message(state: Happy, { phase, plaintext }: { phase: string; plaintext: Uint8Array }): Step<State, Effect> {
  if (phase === "version" && !state.introduced) {
    return deliver({ ...state, introduced: true }, tell({ type: "versions", ...versions(plaintext) }));
  }
  const numbered = numberedPhase(phase);
  // Phases of other names are for other versions of the protocol.
  if (!numbered) return [state];
  const isControl = numbered.series === "dilate-";
  const series = isControl ? (state.dilation ?? NEW_SERIES) : state;
  if (numbered.number < series.nextReceive) return [state];
  const held = hold(series, numbered.number, plaintext);
  if (!held) return overwhelmed();
  return deliver(isControl ? { ...state, dilation: held } : { ...state, ...held });
}

/** Hands on all messages whose turn has come: none before the versions, none before its predecessor. */
function deliver(state: Happy, ...before: Effect[]): Step<State, Effect> {
  if (!state.introduced) return [state, ...before];
  const [series, messages] = release(state);
  const next = { ...state, ...series };
  const effects = [...before, ...messages.map((message) => tell({ type: "message", message }))];
  if (!state.dilation) return [next, ...effects];
  const [dilation, controls] = release(state.dilation);
  return [{ ...next, dilation }, ...effects, ...controls.map((message) => tell({ type: "dilation", message }))];
}

/** Versions of dilation that are looked at. */
const MAX_CAN_DILATE = 16;

/** Absent versions are empty ones: some programs send none. */
function versions(plaintext: Uint8Array): { versions: JsonObject; canDilate?: string[] } {
  const object = parseObject(new TextDecoder().decode(plaintext)) ?? {};
  const app = field(object, "app_versions");
  const can = field(object, "can-dilate");
  const canDilate = Array.isArray(can) ? can.slice(0, MAX_CAN_DILATE).filter((name) => typeof name === "string") : [];
  return { versions: isObject(app) ? app : {}, ...(canDilate.length > 0 && { canDilate }) };
}
