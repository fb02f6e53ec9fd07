/** The cases in which this server deliberately answers differently from the reference server. */
import type { JsonObject, JsonValue } from "../src/index.ts";

/** The different answers in one recorded case. All other steps are answered as by the reference server. */
export interface Deviation {
  readonly why: string;
  /** By number of the step, from 0, then by connection. */
  readonly answers: Readonly<Record<number, Readonly<Record<string, JsonObject[]>>>>;
}

const time = "<float seconds since epoch>";
const ack = (id: JsonValue = null) => ({ type: "ack", id, server_tx: time });
const error = (text: string, orig: JsonValue) => ({ type: "error", error: text, orig, server_tx: time });
const pong = (pong: JsonValue) => ({ type: "pong", pong, server_tx: time });
const claimed = (mailbox: string) => ({ type: "claimed", mailbox, server_tx: time });
const closed = { type: "closed", server_tx: time };
const nameplates = (...ids: string[]) => ({
  type: "nameplates",
  nameplates: ids.map((id) => ({ id })),
  server_tx: time,
});
const message = (side: string, phase: string, body: string, id: JsonValue = null) => ({
  type: "message",
  side,
  phase,
  body,
  id,
  server_rx: time,
  server_tx: time,
});
/** The step after a fault: the reference server has closed the connection, this one still answers. */
const alive = { A: [ack(), pong(1)] };

const KEPT = "a fault in a message is answered and does not end the connection";
const badNameplate = (orig: JsonValue) => ({
  A: [ack(), error("'nameplate' must be a string of 1 to 40 digits", orig)],
});

export const deviations: Readonly<Record<string, Deviation>> = {
  "claim errors": {
    why: KEPT,
    answers: { 3: badNameplate({ type: "claim", nameplate: "abc", wait: 0.3 }), 4: alive },
  },
  "claim with a too long nameplate (41 digits)": {
    why: KEPT,
    answers: { 2: badNameplate({ type: "claim", nameplate: "1".repeat(41) }), 3: alive },
  },
  "claim with a number instead of a string": {
    why: KEPT,
    answers: { 2: badNameplate({ type: "claim", nameplate: 4 }), 3: alive },
  },
  "claim with Arabic-Indic digit and with a trailing newline (regexp accepts both)": {
    why: "a nameplate is spoken and typed, so it has only ASCII digits",
    answers: {
      2: badNameplate({ type: "claim", nameplate: "\u0664" }),
      5: { B: [ack(), error("'nameplate' must be a string of 1 to 40 digits", { type: "claim", nameplate: "4\n" })] },
      6: { A: [ack(), nameplates()] },
    },
  },
  "three sides: claim is crowded for the third, and the mailbox stays crowded for everyone who re-opens": {
    why: "a refused third side changes nothing, so the first two can reconnect as before",
    answers: {
      15: { A2: [ack(), claimed("<mailbox-1>")] },
      16: { A2: [ack(), message("a", "p", "00")] },
    },
  },
  "the same mailbox id in another app": {
    why: "the same id in two apps names two mailboxes",
    answers: { 5: { B: [ack()] }, 6: { B: [ack(), pong(1)] } },
  },
  "open with a non-string mailbox": {
    why: KEPT,
    answers: { 2: { A: [ack(), error("'mailbox' must be a string", { type: "open", mailbox: 5 })] }, 3: alive },
  },
  "add rules": {
    why: "a phase is a string: other clients fail when they receive anything else",
    answers: { 8: { A: [ack(), error("'phase' must be a string", { type: "add", phase: 0, body: "11" })] } },
  },
  "both sides close while both still hold the nameplate": {
    why: "closing never fails, and the last close also removes the nameplate",
    answers: { 9: { B: [ack(), closed] }, 10: { B: [ack(), nameplates()] }, 13: { D: [ack(), nameplates()] } },
  },
  "not JSON": {
    why: KEPT,
    answers: { 1: { A: [error("not JSON", "this is not json")] }, 2: alive },
  },
  "JSON but not an object": {
    why: KEPT,
    answers: { 1: { A: [error("not a JSON object", "[1,2]")] }, 2: alive },
  },
  "bind with client_version of one element": {
    why: "client_version is ignored",
    answers: { 1: { A: [ack()] }, 2: alive },
  },
  "bind with client_version null": {
    why: "client_version is ignored",
    answers: { 1: { A: [ack()] }, 2: alive },
  },
};
