/** Delivers the events of a session to the application in order, and numbers the messages in both directions. */
import { field, isObject, type JsonObject, parseObject } from "../../base/json.ts";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { fields, optional, text, variants } from "../../base/shape.ts";
import { MAX_CAN_DILATE } from "../limits.ts";
import { refusalIn } from "../welcome.ts";
import { type Effect, tell, to } from "./effects.ts";
import { numberedPhase, type SeriesName } from "./phase.ts";
import { hold, type Series, seriesShape, takeReady } from "./series.ts";

/** The two series that each side counts from 0. */
interface Numbering {
  /** The application's messages. */
  messages: Series;
  /** The control messages of dilation. */
  controls: Series;
}

export type State =
  /** The welcome has not arrived. It is told first, so a code that is already known waits for it. */
  | ({ at: "ungreeted"; code?: string } & Numbering)
  /** The peer's versions have not arrived. They are told first, so messages from the peer wait for them. */
  | ({ at: "greeted" } & Numbering)
  /** The peer's versions were told. Messages from the peer are told in the order of their numbers. */
  | ({ at: "introduced" } & Numbering)
  /** The wormhole is closing. Nothing more is told. */
  | { at: "stopped" };

export type Event =
  /** The server's welcome, which comes first on every connection. */
  | { on: "welcome"; welcome: JsonObject }
  | { on: "codeKnown"; code: string }
  | { on: "keyAgreed"; key: Uint8Array }
  | { on: "verified"; verifier: Uint8Array }
  /** A decrypted message from the peer. */
  | { on: "message"; phase: string; plaintext: Uint8Array }
  | { on: "send"; plaintext: Uint8Array }
  | { on: "sendControl"; plaintext: Uint8Array }
  | { on: "stop" };

const numbering = { messages: fields<Series>(seriesShape), controls: fields<Series>(seriesShape) };
export const shape = variants<State>({
  ungreeted: { code: optional(text), ...numbering },
  greeted: numbering,
  introduced: numbering,
  stopped: {},
});

/** Tells the application each thing once and in order, and numbers the messages of both sides. */
export const delivery = machine<State, Event, Effect, Unexpected>({
  ungreeted: {
    welcome: firstWelcome,
    codeKnown: (state, { code }) => [{ ...state, code }],
    send,
    sendControl,
    stop,
    // A server sends nothing else before its welcome.
    ...unexpected("keyAgreed", "verified", "message"),
  },
  greeted: {
    welcome: laterWelcome,
    codeKnown: (state, { code }) => [state, tell({ type: "code", code })],
    keyAgreed: (state, { key }) => [state, tell({ type: "key", key })],
    verified: (state, { verifier }) => [state, tell({ type: "verifier", verifier })],
    message: (state, { phase, plaintext }) =>
      phase === "version" ? introduce(state, plaintext) : keep(state, phase, plaintext),
    send,
    sendControl,
    stop,
  },
  introduced: {
    welcome: laterWelcome,
    message: (state, { phase, plaintext }) => {
      const [next, ...effects] = keep(state, phase, plaintext);
      return next === state ? [state, ...effects] : release(next);
    },
    send,
    sendControl,
    stop,
    ...stay("codeKnown", "keyAgreed", "verified"),
  },
  stopped: {
    // The server must still admit this client, so that everything can be released.
    welcome: (state, { welcome }) => [state, greeted(welcome)],
    ...stay("codeKnown", "keyAgreed", "verified", "message", "send", "sendControl", "stop"),
  },
});

/** The field that holds each series. */
const NUMBERED: { readonly [N in SeriesName]: keyof Numbering } = { "": "messages", "dilate-": "controls" };

type Live = Exclude<State, { at: "stopped" }>;
type At<A> = Extract<State, { at: A }>;

function greeted(welcome: JsonObject): Effect {
  return to("permission", { on: "greeted", welcome });
}

function turnedAway(reason: string): Effect {
  return to("outcome", { on: "turnedAway", reason });
}

/** If the first welcome refuses this client, the server holds nothing for it, so nothing has to be released. */
function firstWelcome(state: At<"ungreeted">, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const refusal = refusalIn(welcome);
  if (refusal !== undefined) return [state, turnedAway(refusal)];
  const { code, messages, controls } = state;
  const known = code === undefined ? [] : [tell({ type: "code", code })];
  return [{ at: "greeted", messages, controls }, tell({ type: "welcome", welcome }), ...known, greeted(welcome)];
}

/** A server sends its welcome on each connection. If a later one refuses this client, everything must still be released. */
function laterWelcome(state: Live, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const refusal = refusalIn(welcome);
  return refusal === undefined ? [state, greeted(welcome)] : [state, turnedAway(refusal), greeted(welcome)];
}

function stop(): Step<State, Effect> {
  return [{ at: "stopped" }];
}

function send(state: Live, { plaintext }: { plaintext: Uint8Array }): Step<State, Effect> {
  return sendNext(state, "", plaintext);
}

/** dilation-protocol.rst of magic-wormhole: control messages are phases with numbers of their own. */
function sendControl(state: Live, { plaintext }: { plaintext: Uint8Array }): Step<State, Effect> {
  return sendNext(state, "dilate-", plaintext);
}

/** Gives one of our messages the next number of its series. */
function sendNext<S extends Live>(state: S, prefix: SeriesName, plaintext: Uint8Array): Step<State, Effect> {
  const name = NUMBERED[prefix];
  const { nextSend } = state[name];
  const next: S = { ...state, [name]: { ...state[name], nextSend: nextSend + 1 } };
  return [next, to("send", { on: "send", phase: `${prefix}${nextSend}`, plaintext })];
}

function introduce({ messages, controls }: At<"greeted">, plaintext: Uint8Array): Step<State, Effect> {
  const [next, ...effects] = release({ at: "introduced", messages, controls });
  return [next, tell({ type: "versions", ...versions(plaintext) }), ...effects];
}

/** Holds a message until its turn. Returns the same state if the message is a repetition or belongs to no series. */
function keep<S extends At<"greeted" | "introduced">>(
  state: S,
  phase: string,
  plaintext: Uint8Array,
): readonly [next: S, ...effects: Effect[]] {
  const numbered = numberedPhase(phase);
  // Phases with other names belong to other versions of the protocol.
  if (!numbered) return [state];
  const name = NUMBERED[numbered.series];
  if (numbered.number < state[name].nextReceive) return [state];
  const held = hold(state[name], numbered.number, plaintext);
  return held ? [{ ...state, [name]: held }] : [state, to("outcome", { on: "overwhelmed" })];
}

/** Tells all messages whose turn has come, each after its predecessor. */
function release(state: At<"introduced">): Step<State, Effect> {
  const [messages, ready] = takeReady(state.messages);
  const [controls, readyControls] = takeReady(state.controls);
  return [
    { ...state, messages, controls },
    ...ready.map((message) => tell({ type: "message", message })),
    ...readyControls.map((message) => tell({ type: "dilation", message })),
  ];
}

/** Decodes the peer's versions. Missing versions count as empty, because some programs send none. */
function versions(plaintext: Uint8Array): { versions: JsonObject; canDilate?: string[] } {
  const object = parseObject(new TextDecoder().decode(plaintext)) ?? {};
  const app = field(object, "app_versions");
  const can = field(object, "can-dilate");
  const canDilate = Array.isArray(can) ? can.slice(0, MAX_CAN_DILATE).filter((name) => typeof name === "string") : [];
  return { versions: isObject(app) ? app : {}, ...(canDilate.length > 0 && { canDilate }) };
}
