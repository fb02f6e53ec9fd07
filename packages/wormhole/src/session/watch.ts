/** Records the steps of a session in a {@link Timing}. Nothing secret is recorded. */
import { field, type JsonObject, parseObject } from "../base/json.ts";
import type { Timing } from "../base/timing.ts";
import type { SessionEffect, SessionEvent, WormholeEvent } from "./events.ts";
import type { Session } from "./session.ts";

/** Called by the driver after each step. */
export type Watch = (event: SessionEvent, effects: readonly SessionEffect[], session: Session) => void;

type Finish = () => void;

/** A period in which a session is in certain states. */
interface Span {
  readonly name: string;
  readonly isOpen: (session: Session) => boolean;
}

const SPANS: readonly Span[] = [
  { name: "connect", isOpen: ({ link, permission }) => link.at === "connecting" || permission.at === "greeting" },
  { name: "permission", isOpen: ({ permission: { at } }) => at === "minting" || at === "submitting" },
  { name: "wait to reconnect", isOpen: ({ link, terminator }) => link.at === "waiting" && terminator.at !== "closed" },
  { name: "allocate", isOpen: ({ allocator }) => allocator.at === "allocating" },
  { name: "input code", isOpen: ({ code: { at } }) => at === "choosingNameplate" || at === "choosingWords" },
  { name: "claim", isOpen: ({ nameplate }) => nameplate.at === "claiming" },
  { name: "wait for peer", isOpen: ({ key, order }) => key.at === "asked" && order.at === "waiting" },
  { name: "wait for proof", isOpen: ({ receive, outcome }) => receive.at === "unverified" && outcome.at === "lonely" },
  { name: "close", isOpen: ({ terminator }) => terminator.at === "closing" },
];

/** Events for the application that are left out, because they are recorded as they arrive. */
const MESSAGES: ReadonlySet<WormholeEvent["type"]> = new Set(["message", "dilation"]);

/** Makes a watcher that records into `timing`. */
export function watch(timing: Timing): Watch {
  const open = new Map<Span, Finish>();
  return (event, effects, session) => {
    if (event.do === "received") timing.add("receive", outline(event.text));
    for (const effect of effects) {
      if (effect.do === "transmit") timing.add("send", outline(effect.text));
      if (effect.do === "tell" && !MESSAGES.has(effect.event.type)) timing.add(effect.event.type);
    }
    for (const span of SPANS) {
      const isOpen = span.isOpen(session);
      if (isOpen && !open.has(span)) open.set(span, timing.begin(span.name));
      if (isOpen || !open.has(span)) continue;
      open.get(span)?.();
      open.delete(span);
    }
  };
}

/** Type, phase and size of a message, without its content. */
function outline(text: string): JsonObject {
  const message = parseObject(text) ?? {};
  const [type, phase] = [field(message, "type"), field(message, "phase")];
  return {
    type: typeof type === "string" ? type.slice(0, 20) : "?",
    ...(typeof phase === "string" && { phase: phase.slice(0, 20) }),
    bytes: text.length,
  };
}
