/** The key exchange (SPAKE2): from the code and the peer's half to a key that both sides share. */
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { field, type JsonObject, parseObject } from "../../base/json.ts";
import { type Draws, machine, type Step, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import { anyBytes, bytes, fields, json, text, variants } from "../../base/shape.ts";
import { phaseKey } from "../../crypto/keys.ts";
import { encrypt, NONCE_LENGTH } from "../../crypto/secretbox.ts";
import * as spake2 from "../../crypto/spake2.ts";
import { type Effect, to } from "./effects.ts";

/** The names that are part of the key derivation, and the message for the peer once the key exists. */
interface Common {
  appId: string;
  side: string;
  /** The body of our `version` message. */
  version: JsonObject;
}

export type State =
  /** There is no code yet. */
  | ({ at: "nothing" } & Common)
  /** Our half of the exchange is at the server or on its way. */
  | ({ at: "asked"; exchange: spake2.Spake2 } & Common)
  | { at: "agreed" }
  /** The peer's half was invalid. */
  | { at: "failed" };

export type Event = { on: "code"; code: string } | { on: "pake"; body: Uint8Array };

const common = { appId: text, side: text, version: json };
const exchange = fields<spake2.Spake2>({ scalar: bytes(32), password: anyBytes, message: bytes(33) });
export const shape = variants<State>({
  nothing: common,
  asked: { ...common, exchange },
  agreed: {},
  failed: {},
});

/** Answers one key exchange for each code, so that a code allows an attacker one guess. */
export const key = machine<State, Event, Effect, Unexpected, Draws>({
  nothing: {
    code: (state, { code }, random) => ask(state, code, random),
    // Without a code there is no mailbox, and without a mailbox there are no messages from the peer.
    ...unexpected("pake"),
  },
  asked: {
    pake: (state, { body }, random) => agree(state, body, random),
    ...unexpected("code"),
  },
  agreed: unexpected("code", "pake"),
  failed: unexpected("code", "pake"),
});

type Asked = Extract<State, { at: "asked" }>;

function ask({ appId, side, version }: Common, code: string, random: Random): Step<State, Effect> {
  const exchange = spake2.start(utf8ToBytes(code.normalize("NFC")), random(spake2.SPAKE2_ENTROPY));
  const body = utf8ToBytes(JSON.stringify({ pake_v1: bytesToHex(exchange.message) }));
  return [{ at: "asked", exchange, appId, side, version }, to("mailbox", { on: "add", phase: "pake", body })];
}

function agree(state: Asked, body: Uint8Array, random: Random): Step<State, Effect> {
  const message = decodePake(body);
  const shared = message && spake2.finish(state.exchange, message, utf8ToBytes(state.appId.normalize("NFC")));
  if (!shared) return [{ at: "failed" }, to("outcome", { on: "wrongPassword" })];
  const version = encrypt(
    phaseKey(shared, state.side, "version"),
    random(NONCE_LENGTH),
    utf8ToBytes(JSON.stringify(state.version)),
  );
  return [
    { at: "agreed" },
    to("delivery", { on: "keyAgreed", key: shared }),
    to("mailbox", { on: "add", phase: "version", body: version }),
    to("receive", { on: "key", key: shared }),
    to("order", { on: "agreed" }),
  ];
}

function decodePake(body: Uint8Array): Uint8Array | undefined {
  const object = parseObject(new TextDecoder().decode(body));
  const hex = object && field(object, "pake_v1");
  if (typeof hex !== "string") return undefined;
  try {
    return hexToBytes(hex);
  } catch {
    return undefined;
  }
}
