/** Recorded sessions of the Python, Go and Rust programs, compared with this library. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { phaseKey } from "../../src/crypto/keys.ts";
import { decrypt, encrypt } from "../../src/crypto/secretbox.ts";
import type { WormholeEvent } from "../../src/session/events.ts";
import { NEW_SERIES } from "../../src/session/machines/series.ts";
import { decodeServerMessage } from "../../src/session/messages.ts";
import { newSession, type Session, step } from "../../src/session/session.ts";
import { vectors } from "../vectors.ts";

interface Traffic {
  client: "sender" | "receiver";
  dir?: "client->server" | "server->client";
  message: JsonObject;
}
interface Recorded {
  name: string;
  shared_keys: string[];
  mailbox_traffic: Traffic[];
}
const { sessions } = vectors<{ sessions: Recorded[] }>("sessions");
const random = (length: number) => new Uint8Array(length).fill(7);
const nothing = new Uint8Array();

function added({ mailbox_traffic }: Recorded) {
  const sides = new Map<string, string>();
  for (const { client, message } of mailbox_traffic) {
    if (message?.type === "bind") sides.set(client, String(message.side));
  }
  return mailbox_traffic
    .filter(({ dir, message }) => dir === "client->server" && message.type === "add" && message.phase !== "pake")
    .map(({ client, message }) => ({
      client,
      side: sides.get(client) ?? "",
      phase: String(message.phase),
      body: hexToBytes(String(message.body)),
    }));
}

/** The key that opens a message. If the codes differ, each side has its own key. */
function keyOf({ shared_keys }: Recorded, side: string, phase: string, body: Uint8Array): Uint8Array | undefined {
  return shared_keys.map(hexToBytes).find((key) => decrypt(phaseKey(key, side, phase), body));
}

describe("sessions of real programs", () => {
  // proves: api/all-encrypted
  it.each(sessions)("$name: this library encrypts every message to the same bytes", (session) => {
    // In the session with different codes, the key of the Go program was not recorded.
    const readable = added(session).filter(({ side, phase, body }) => keyOf(session, side, phase, body));
    expect(readable.length).toBeGreaterThan(0);
    for (const { side, phase, body } of readable) {
      const key = phaseKey(keyOf(session, side, phase, body) ?? nothing, side, phase);
      const plaintext = decrypt(key, body) ?? nothing;
      expect(bytesToHex(encrypt(key, body.subarray(0, 24), plaintext))).toBe(bytesToHex(body));
    }
  });

  it.each(sessions)("$name: every message of the server is understood", ({ mailbox_traffic }) => {
    for (const { dir, message } of mailbox_traffic) {
      if (dir !== "server->client") continue;
      const decoded = decodeServerMessage(JSON.stringify(message));
      expect(decoded?.type).toBe(message.type === "ack" ? "other" : message.type);
    }
  });

  it.each(sessions.filter(({ shared_keys }) => shared_keys.length === 1))(
    "$name: in the place of the receiver, our session delivers the same messages",
    (session) => {
      const key = hexToBytes(session.shared_keys[0] ?? "");
      const sent = added(session).filter(({ client }) => client === "sender");
      const side = added(session).find(({ client }) => client === "receiver")?.side ?? "";
      const heard = listen(inPlaceOf(side, key), session);
      const plain = sent.map(({ side, phase, body }) => ({
        phase,
        body: decrypt(phaseKey(key, side, phase), body) ?? nothing,
      }));
      const messages = heard.flatMap((event) => (event.type === "message" ? [event.message] : []));
      expect(messages).toEqual(plain.filter(({ phase }) => phase !== "version").map(({ body }) => body));
      expect(heard.map(({ type }) => type).slice(0, 2)).toEqual(["verifier", "versions"]);
    },
  );
});

/** A session just after the key exchange, because the entropy of its own half was not recorded. */
function inPlaceOf(side: string, key: Uint8Array): Session {
  const session = newSession({ appId: "x", versions: {}, client: ["a", "b"] }, random);
  return {
    ...session,
    delivery: { at: "greeted", messages: NEW_SERIES, controls: NEW_SERIES },
    nameplate: { at: "claimed", nameplate: "4" },
    mailbox: { at: "open", mailbox: "m", heard: [], complete: {}, outbox: [], mood: "lonely", side },
    order: { at: "open" },
    receive: { at: "unverified", key },
  };
}

function listen(session: Session, { mailbox_traffic }: Recorded): WormholeEvent[] {
  const events: WormholeEvent[] = [];
  let current = session;
  for (const { client, dir, message } of mailbox_traffic) {
    if (client !== "receiver" || dir !== "server->client" || message.type !== "message") continue;
    const [next, effects] = step(current, { do: "received", text: JSON.stringify(message) }, random);
    current = next;
    for (const effect of effects) if (effect.do === "tell") events.push(effect.event);
  }
  return events;
}
