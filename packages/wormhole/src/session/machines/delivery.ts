/** The order in which an application sees what happens, and the numbers of messages in both directions. */
import { field, isObject, type JsonObject, parseObject } from "../../base/json.ts";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { fields, optional, text, variants } from "../../base/shape.ts";
import { MAX_CAN_DILATE } from "../limits.ts";
import { refusalIn } from "../welcome.ts";
import { type Effect, tell, to } from "./effects.ts";
import { numberedPhase } from "./phase.ts";
import { hold, type Series, seriesShape, takeReady } from "./series.ts";

/** The two series that each side counts from 0. */
interface Numbering {
  /** The application's messages. */
  messages: Series;
  /** The control messages of dilation. */
  controls: Series;
}

export type State =
  /** The server has not greeted this wormhole. The welcome is told first, so a code that is known waits for it. */
  | ({ at: "ungreeted"; code?: string } & Numbering)
  /** The peer's versions have not arrived. They are told before its messages, which wait for them. */
  | ({ at: "greeted" } & Numbering)
  /** The peer's versions were told. Its messages are told in the order of their numbers. */
  | ({ at: "introduced" } & Numbering)
  /** The wormhole is closing: nothing is told any more. */
  | { at: "stopped" };

export type Event =
  /** The server's welcome, which comes first on every connection. */
  | { on: "welcome"; welcome: JsonObject }
  | { on: "codeKnown"; code: string }
  | { on: "keyAgreed"; key: Uint8Array }
  | { on: "verified"; verifier: Uint8Array }
  /** A message of the peer, decrypted. */
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
    // The server still has to admit this client, so that everything can be released.
    welcome: (state, { welcome }) => [state, greeted(welcome)],
    ...stay("codeKnown", "keyAgreed", "verified", "message", "send", "sendControl", "stop"),
  },
});

type Live = Exclude<State, { at: "stopped" }>;
type At<A> = Extract<State, { at: A }>;

function greeted(welcome: JsonObject): Effect {
  return to("permission", { on: "greeted", welcome });
}

function turnedAway(reason: string): Effect {
  return to("outcome", { on: "turnedAway", reason });
}

/** A server whose first welcome refuses this client holds nothing of it, so nothing has to be released. */
function firstWelcome(state: At<"ungreeted">, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const refusal = refusalIn(welcome);
  if (refusal !== undefined) return [state, turnedAway(refusal)];
  const { code, messages, controls } = state;
  const known = code === undefined ? [] : [tell({ type: "code", code })];
  return [{ at: "greeted", messages, controls }, tell({ type: "welcome", welcome }), ...known, greeted(welcome)];
}

/** A server greets again after each reconnect. Only a refusal still matters, and what it holds must be released. */
function laterWelcome(state: Live, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const refusal = refusalIn(welcome);
  return refusal === undefined ? [state, greeted(welcome)] : [state, turnedAway(refusal), greeted(welcome)];
}

function stop(): Step<State, Effect> {
  return [{ at: "stopped" }];
}

function send(state: Live, { plaintext }: { plaintext: Uint8Array }): Step<State, Effect> {
  const { messages } = state;
  const next = { ...messages, nextSend: messages.nextSend + 1 };
  return [{ ...state, messages: next }, to("send", { on: "send", phase: String(messages.nextSend), plaintext })];
}

/** dilation-protocol.rst of magic-wormhole: control messages are phases with numbers of their own. */
function sendControl(state: Live, { plaintext }: { plaintext: Uint8Array }): Step<State, Effect> {
  const { controls } = state;
  const next = { ...controls, nextSend: controls.nextSend + 1 };
  return [{ ...state, controls: next }, to("send", { on: "send", phase: `dilate-${controls.nextSend}`, plaintext })];
}

function introduce({ messages, controls }: At<"greeted">, plaintext: Uint8Array): Step<State, Effect> {
  const [next, ...effects] = release({ at: "introduced", messages, controls });
  return [next, tell({ type: "versions", ...versions(plaintext) }), ...effects];
}

/** The state with one message more that waits for its turn; the same state if the message is old or of no series. */
function keep<S extends At<"greeted" | "introduced">>(
  state: S,
  phase: string,
  plaintext: Uint8Array,
): readonly [next: S, ...effects: Effect[]] {
  const numbered = numberedPhase(phase);
  // Phases of other names belong to other versions of the protocol.
  if (!numbered) return [state];
  const name = numbered.series === "dilate-" ? "controls" : "messages";
  if (numbered.number < state[name].nextReceive) return [state];
  const held = hold(state[name], numbered.number, plaintext);
  return held ? [{ ...state, [name]: held }] : [state, to("outcome", { on: "overwhelmed" })];
}

/** Tells all messages whose turn has come: none before its predecessor. */
function release(state: At<"introduced">): Step<State, Effect> {
  const [messages, ready] = takeReady(state.messages);
  const [controls, readyControls] = takeReady(state.controls);
  return [
    { ...state, messages, controls },
    ...ready.map((message) => tell({ type: "message", message })),
    ...readyControls.map((message) => tell({ type: "dilation", message })),
  ];
}

/** Decodes the peer's versions. If they are missing they count as empty, because some programs send none. */
function versions(plaintext: Uint8Array): { versions: JsonObject; canDilate?: string[] } {
  const object = parseObject(new TextDecoder().decode(plaintext)) ?? {};
  const app = field(object, "app_versions");
  const can = field(object, "can-dilate");
  const canDilate = Array.isArray(can) ? can.slice(0, MAX_CAN_DILATE).filter((name) => typeof name === "string") : [];
  return { versions: isObject(app) ? app : {}, ...(canDilate.length > 0 && { canDilate }) };
}
