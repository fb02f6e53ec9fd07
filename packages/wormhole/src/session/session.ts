/**
 * A whole mailbox session as one value: the machines' states side by side, and one function that takes it an event
 * further. Everything is plain data; what is to be done comes back as a list.
 */
import { bytesToHex } from "@noble/hashes/utils.js";
import { abilities } from "../base/abilities.ts";
import type { JsonObject } from "../base/json.ts";
import type { Draws, Machine, Unexpected } from "../base/machine.ts";
import type { Random } from "../base/random.ts";
import type { ConnectionFailure } from "../errors.ts";
import { newBoss, type WormholeEvent } from "./machines/boss.ts";
import type { Effect, TimerName, To } from "./machines/effects.ts";
import { to } from "./machines/effects.ts";
import { type Machines, machines } from "./machines/machines.ts";
import { decodeServerMessage, encodeCommand, type ServerMessage } from "./messages.ts";

/** The whole of a session. Never changed in place. */
export type Session = { readonly [N in keyof Machines]: Machines[N]["state"] };

/** What happens to a session. */
export type SessionEvent =
  /** The application wants something; what it gave has been checked. */
  | To
  /** The driver reports: it has just begun to run this session, new or restored. */
  | { do: "begun" }
  | { do: "opened" }
  | { do: "received"; text: string }
  | { do: "lost"; failure: ConnectionFailure; detail: string }
  | { do: "fired"; name: TimerName }
  | { do: "minted"; stamp: string };

/** What the driver is to do, in this order. */
export type SessionEffect =
  | { do: "open" }
  | { do: "transmit"; text: string }
  | { do: "mint"; bits: number; resource: string }
  | { do: "hangUp" }
  | { do: "probe" }
  | { do: "setTimer"; name: TimerName; after: number }
  | { do: "cancelTimer"; name: TimerName }
  | { do: "tell"; event: WormholeEvent };

export interface SessionOptions {
  appId: string;
  versions: JsonObject;
  /** Name and version of the program, for the server. */
  client: [string, string];
  /** Whether the peer is told that we can dilate. */
  dilation?: boolean;
}

/** What the peer is told of it: dilation-protocol.rst of magic-wormhole. */
const DILATION: JsonObject = {
  "can-dilate": ["ged"],
  "dilation-abilities": abilities(),
};

/** Bytes of a side: enough that two sides of one mailbox never have the same. */
const SIDE_LENGTH = 5;

/** A session that has not begun. Its side is drawn here, and stays the same for its life. */
export function newSession({ appId, versions, client, dilation }: SessionOptions, random: Random): Session {
  const side = bytesToHex(random(SIDE_LENGTH));
  return {
    allocator: { at: "idle" },
    boss: newBoss,
    code: { at: "none" },
    key: { at: "nothing", appId, side, version: { app_versions: versions, ...(dilation && DILATION) } },
    link: { at: "fresh", appId, side, client, first: true, attempts: 0 },
    lister: { at: "idle", nameplates: [] },
    mailbox: { at: "unknown", side, outbox: [], mood: "lonely" },
    nameplate: { at: "none" },
    order: { at: "waiting", held: [] },
    receive: { at: "keyless" },
    send: { at: "holding", side, held: [] },
    terminator: { at: "open" },
  };
}

/** Takes a session one event further: the new session, or the same one if nothing has changed, and what is to be done. */
export function step(session: Session, event: SessionEvent, random: Random): [Session, SessionEffect[]] {
  const next: { [N in keyof Machines]: Machines[N]["state"] } = { ...session };
  const outward: SessionEffect[] = [];
  const queue = entry(event);
  for (let effect = queue.shift(); effect; effect = queue.shift()) {
    if (effect.do === "to") queue.push(...run(next, effect, random));
    else if (effect.do !== "transmit" && effect.do !== "introduce") outward.push(effect);
    else if (effect.do === "introduce" || next.link.at === "up") {
      outward.push({ do: "transmit", text: encodeCommand(effect.command) });
    }
  }
  const changed = NAMES.some((name) => next[name] !== session[name]);
  return [changed ? next : session, outward];
}

const NAMES = Object.keys(machines) as (keyof Machines)[];

/** Runs one event of one machine. What must not happen ends the session. */
function run(session: { [N in keyof Machines]: Machines[N]["state"] }, { name, event }: To, random: Random): Effect[] {
  // Each name's machine, state and event belong together; the compiler cannot follow that through the union.
  const machine = machines[name] as Machine<
    Machines["boss"]["state"],
    Machines["boss"]["event"],
    Effect,
    Unexpected,
    Draws
  >;
  const stepped = machine.step(session[name] as Machines["boss"]["state"], event as Machines["boss"]["event"], random);
  if (stepped === "unexpected") return [to("boss", { on: "serverError", reason: `unexpected ${event.on}` })];
  const [state, ...effects] = stepped;
  Object.assign(session, { [name]: state });
  return effects;
}

function entry(event: SessionEvent): Effect[] {
  switch (event.do) {
    case "to":
      return [event];
    case "begun":
      return [to("terminator", { on: "resumed" }), to("link", { on: "start" })];
    case "opened":
      return [to("link", { on: "opened" })];
    case "lost":
      return [to("link", { on: "lost", failure: event.failure, detail: event.detail })];
    case "fired":
      return [FIRED[event.name]];
    case "minted":
      return [to("link", { on: "minted", stamp: event.stamp })];
    case "received":
      return arrived(decodeServerMessage(event.text));
  }
}

const FIRED: { readonly [N in TimerName]: Effect } = {
  retry: to("link", { on: "retry" }),
  welcome: to("link", { on: "silent" }),
  close: to("terminator", { on: "late" }),
};

/** Who is concerned by what the server said. */
function arrived(message: ServerMessage | undefined): Effect[] {
  if (!message) return [to("boss", { on: "serverError", reason: "it does not speak as a mailbox server" })];
  switch (message.type) {
    case "welcome":
      return [to("boss", { on: "welcome", welcome: message.welcome })];
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
      return [to("link", { on: "refused", reason: message.error })];
    case "pong":
      return [to("link", { on: "pong" })];
    case "other":
      return [];
  }
}
