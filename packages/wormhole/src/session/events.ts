/** The events that go into a session and the effects that come out of it, as plain data. No machine is named here. */

import type { JsonObject } from "../base/json.ts";
import { anyBytes, bytes, json, list, optional, type Shape, text, variantsBy } from "../base/shape.ts";
import { KEY_LENGTH } from "../crypto/keys.ts";
import type { ConnectionFailure } from "../errors.ts";
import { type Ending, endingShape } from "./ending.ts";

/** Timers of a session. At most one of each runs. */
export type TimerName = "retry" | "welcome" | "close" | "answer" | "steady";

/** The requests of the application to a session. Their arguments have been checked. */
export type ApplicationEvent =
  | { do: "allocateCode"; words: number }
  | { do: "setCode"; nameplate: string; words: string }
  /** A person begins to type the code. The next three events follow from that. */
  | { do: "inputCode" }
  | { do: "refreshNameplates" }
  | { do: "chooseNameplate"; nameplate: string }
  | { do: "chooseWords"; words: string }
  | { do: "send"; plaintext: Uint8Array }
  /** Sends a control message of dilation. */
  | { do: "sendControl"; plaintext: Uint8Array }
  /** The application waits for the server: a pause before the next attempt ends, and a silent connection is probed. */
  | { do: "hurry" }
  /** The addresses of this computer have changed, so the connection is replaced. */
  | { do: "moved" }
  | { do: "close" };

/** The events that lead to a code. */
export type CodeEvent = Extract<
  ApplicationEvent,
  { do: "allocateCode" | "setCode" | "inputCode" | "refreshNameplates" | "chooseNameplate" | "chooseWords" }
>;

/** The events that the driver reports to a session. */
export type DriverEvent =
  /** The driver has begun to run this session, which is new or restored. */
  | { do: "begun" }
  | { do: "opened" }
  | { do: "received"; text: string }
  | { do: "lost"; failure: ConnectionFailure; detail: string }
  | { do: "fired"; name: TimerName }
  | { do: "minted"; stamp: string };

/** Any event of a session. */
export type SessionEvent = ApplicationEvent | DriverEvent;

/** The tasks of the driver, to be carried out in the order in which a step returns them. */
export type SessionEffect =
  /** Open a connection to the server. */
  | { do: "open" }
  | { do: "transmit"; text: string }
  /** Make a hashcash stamp. Report it as `minted` if the connection is still the same one. */
  | { do: "mint"; bits: number; resource: string }
  | { do: "hangUp" }
  /** Check whether the server still answers. */
  | { do: "probe" }
  | { do: "setTimer"; name: TimerName; after: number }
  | { do: "cancelTimer"; name: TimerName }
  /** Pass an event on to the application. */
  | { do: "tell"; event: WormholeEvent };

/** The events for the application, in this order. Each comes at most once, except the two kinds of messages. */
export type WormholeEvent =
  | { type: "welcome"; welcome: JsonObject }
  | { type: "code"; code: string }
  | { type: "key"; key: Uint8Array }
  | { type: "verifier"; verifier: Uint8Array }
  /** `canDilate`: the versions of dilation that the peer's program supports. */
  | { type: "versions"; versions: JsonObject; canDilate?: string[] }
  | { type: "message"; message: Uint8Array }
  /** A control message of dilation. */
  | { type: "dilation"; message: Uint8Array }
  | { type: "closed"; ending: Ending };

/** The shape of a {@link WormholeEvent} in a saved state. */
export const wormholeEventShape: Shape<WormholeEvent> = variantsBy<WormholeEvent, "type">("type", {
  welcome: { welcome: json },
  code: { code: text },
  key: { key: bytes(KEY_LENGTH) },
  verifier: { verifier: bytes(KEY_LENGTH) },
  versions: { versions: json, canDilate: optional(list(text)) },
  message: { message: anyBytes },
  dilation: { message: anyBytes },
  closed: { ending: endingShape },
});
