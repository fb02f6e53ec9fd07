/**
 * A session with a mailbox server as one value: the states of its machines side by side, and the function `step`, which
 * handles one event. Everything is plain data, and the effects for the driver are returned as a list.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { abilities } from "../base/abilities.ts";
import type { JsonObject } from "../base/json.ts";
import type { Random } from "../base/random.ts";
import type { SessionEffect, SessionEvent, TimerName } from "./events.ts";
import { ANSWER_DEADLINE_MS } from "./limits.ts";
import { type Effect, type To, to } from "./machines/effects.ts";
import { type MachineName, type Machines, machines } from "./machines/machines.ts";
import { NEW_SERIES } from "./machines/series.ts";
import { type Command, decodeServerMessage, encodeCommand, type ServerMessage } from "./messages.ts";

type States = { [N in MachineName]: Machines[N]["state"] };

/** The state of every machine. A session is never changed in place. */
export type Session = Readonly<States>;

/** The options of a new session. */
export interface SessionOptions {
  appId: string;
  /** The application's versions, for the peer. */
  versions: JsonObject;
  /** Name and version of the program, for the server. */
  client: [string, string];
  /** Whether this side announces to the peer that it can dilate. */
  dilation?: boolean;
}

/** The announcement to the peer that this side can dilate: dilation-protocol.rst of magic-wormhole. */
const DILATION: JsonObject = {
  "can-dilate": ["ged"],
  "dilation-abilities": abilities(),
};

/** The length of a side in bytes, as in the other programs. Two sides of one mailbox never draw the same one. */
const SIDE_BYTES = 5;

/** Makes a session that has not begun. Its side is drawn here and never changes. */
export function newSession({ appId, versions, client, dilation }: SessionOptions, random: Random): Session {
  const side = bytesToHex(random(SIDE_BYTES));
  return {
    allocator: { at: "idle" },
    code: { at: "none" },
    delivery: { at: "ungreeted", messages: NEW_SERIES, controls: NEW_SERIES },
    key: { at: "nothing", appId, side, version: { app_versions: versions, ...(dilation && DILATION) } },
    link: { at: "fresh", appId, side, client, first: true, attempts: 0 },
    lister: { at: "idle", nameplates: [] },
    mailbox: { at: "unknown", side, outbox: [], mood: "lonely" },
    nameplate: { at: "none" },
    order: { at: "waiting", held: [] },
    outcome: { at: "lonely" },
    permission: { at: "unconnected" },
    receive: { at: "keyless" },
    send: { at: "holding", side, held: [] },
    terminator: { at: "open" },
  };
}

/** The session as another process can continue it: the link is down, and no code is being typed. */
export function withoutLiveParts(session: Session): Session {
  const { code } = session;
  return {
    ...session,
    link: withoutConnection(session.link),
    permission: { at: "unconnected" },
    code: code.at === "choosingNameplate" || code.at === "choosingWords" ? { at: "none" } : code,
  };
}

function withoutConnection(link: Session["link"]): Session["link"] {
  if (link.at === "stopped") return link;
  const { appId, side, client, first, attempts } = link;
  return { at: "fresh", appId, side, client, first, attempts };
}

/**
 * Handles one event. Returns the next session, or the same one if nothing has changed, and the effects for the driver, in
 * order.
 */
export function step(session: Session, event: SessionEvent, random: Random): [Session, SessionEffect[]] {
  const next: States = { ...session };
  const outward: SessionEffect[] = [];
  const queue = entry(event);
  let changed = false;
  for (let effect = queue.shift(); effect; effect = queue.shift()) {
    if (effect.do === "to") {
      const before = next[effect.name];
      queue.push(...run(next, effect, random));
      changed ||= next[effect.name] !== before;
    } else if (effect.do === "introduce") outward.push(sent(effect.command));
    else if (effect.do !== "transmit") outward.push(effect);
    else if (next.link.at === "up") outward.push(sent(effect.command));
  }
  outward.push(...answerTimer(owesAnswer(session), owesAnswer(next)));
  return [changed ? next : session, outward];
}

/** Whether the server has been asked for something without which nothing goes on, and the link is up. */
function owesAnswer({ link, allocator, nameplate, outcome }: Session): boolean {
  const asked = allocator.at === "allocating" || nameplate.at === "claiming" || nameplate.at === "reclaiming";
  return asked && link.at === "up" && outcome.at === "lonely";
}

function answerTimer(before: boolean, after: boolean): SessionEffect[] {
  if (before === after) return [];
  return after
    ? [{ do: "setTimer", name: "answer", after: ANSWER_DEADLINE_MS }]
    : [{ do: "cancelTimer", name: "answer" }];
}

/** The end if a server does not answer although the link is up. */
export const UNANSWERED = { kind: "unreachable", failure: "timeout", detail: "it has not answered a request" } as const;

function sent(command: Command): SessionEffect {
  return { do: "transmit", text: encodeCommand(command) };
}

/** Gives one machine an event, and replaces its state in `states`. An unexpected event ends the session. */
function run<N extends MachineName>(states: States, { name, event }: To<N>, random: Random): readonly Effect[] {
  const stepped = machines[name].step(states[name], event, random);
  if (stepped === "unexpected") return [to("outcome", { on: "serverError", reason: `unexpected ${event.on}` })];
  const [state, ...effects] = stepped;
  Object.assign(states, { [name]: state });
  return effects;
}

/** The machines that handle an event from outside. */
function entry(event: SessionEvent): Effect[] {
  switch (event.do) {
    case "allocateCode":
      return [to("code", { on: "allocate", words: event.words })];
    case "setCode":
      return [to("code", { on: "set", nameplate: event.nameplate, words: event.words })];
    case "inputCode":
      return [to("code", { on: "input" })];
    case "refreshNameplates":
      return [to("code", { on: "refreshNameplates" })];
    case "chooseNameplate":
      return [to("code", { on: "chooseNameplate", nameplate: event.nameplate })];
    case "chooseWords":
      return [to("code", { on: "chooseWords", words: event.words })];
    case "send":
      return [to("delivery", { on: "send", plaintext: event.plaintext })];
    case "sendControl":
      return [to("delivery", { on: "sendControl", plaintext: event.plaintext })];
    case "hurry":
      return [to("link", { on: "hurry" })];
    case "moved":
      return [to("link", { on: "moved" })];
    case "close":
      return [to("outcome", { on: "close" })];
    case "begun":
      return [to("terminator", { on: "resumed" }), to("link", { on: "start" })];
    case "opened":
      return [to("link", { on: "opened" })];
    case "received":
      return arrived(decodeServerMessage(event.text));
    case "lost":
      return [to("link", { on: "lost", failure: event.failure, detail: event.detail })];
    case "fired":
      return [FIRED[event.name]];
    case "minted":
      return [to("permission", { on: "minted", stamp: event.stamp })];
  }
}

const FIRED: { readonly [N in TimerName]: Effect } = {
  retry: to("link", { on: "retry" }),
  welcome: to("permission", { on: "silent" }),
  close: to("terminator", { on: "late" }),
  answer: to("outcome", { on: "unreachable", ending: UNANSWERED }),
  steady: to("link", { on: "steady" }),
};

/** The machines that handle a message from the server. */
function arrived(message: ServerMessage | undefined): Effect[] {
  if (!message)
    return [to("outcome", { on: "serverError", reason: "it does not follow the protocol of mailbox servers" })];
  switch (message.type) {
    case "welcome":
      return [to("delivery", { on: "welcome", welcome: message.welcome })];
    case "nameplates":
      return [to("lister", { on: "nameplates", nameplates: message.nameplates })];
    case "allocated":
      return [to("allocator", { on: "allocated", nameplate: message.nameplate })];
    case "claimed":
      return [to("nameplate", { on: "claimed", mailbox: message.mailbox })];
    case "released":
      return [to("nameplate", { on: "released" })];
    case "closed":
      return [to("mailbox", { on: "closed" })];
    case "message":
      return [to("mailbox", { on: "message", side: message.side, phase: message.phase, body: message.body })];
    case "error":
      return [to("permission", { on: "refused", reason: message.error })];
    case "pong":
      return [to("permission", { on: "pong" })];
    case "other":
      return [];
  }
}
