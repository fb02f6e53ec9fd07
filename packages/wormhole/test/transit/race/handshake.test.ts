import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { deriveTransitKeys, type Role, relayLine } from "../../../src/transit/keys.ts";
import {
  begin,
  type HandshakeEffect,
  type HandshakeEvent,
  type HandshakeState,
  handshake,
} from "../../../src/transit/race/handshake.ts";
import { vectors } from "../../vectors.ts";

interface Vectors {
  transit_key: string;
  transit_side: string;
  sender_handshake: string;
  receiver_handshake: string;
  relay_handshake: string;
  sender_record_key: string;
  receiver_record_key: string;
}
const known = vectors<Vectors>("transit");
const keys = deriveTransitKeys(hexToBytes(known.transit_key));
const line = relayLine(keys.relayToken, known.transit_side);

const ours = (role: Role) => keys.handshake[role];
const theirs = (role: Role) => keys.handshake[role === "sender" ? "receiver" : "sender"];
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const ok = utf8ToBytes("ok\n");
const go = utf8ToBytes("go\n");

/** Takes the steps, and gives the last state with all that was done. */
function play(state: HandshakeState, events: HandshakeEvent[]): [HandshakeState, HandshakeEffect[]] {
  const done: HandshakeEffect[] = [];
  let now = state;
  for (const event of events) {
    const step = handshake.step(now, event);
    if (step === "unexpected") throw new Error(`${event.on} is unexpected at ${now.at}`);
    const [next, ...effects] = step;
    now = next;
    done.push(...effects);
  }
  return [now, done];
}

const open: HandshakeEvent = { on: "open" };
const bytes = (value: Uint8Array): HandshakeEvent => ({ on: "bytes", bytes: value });
const each = (value: Uint8Array) => [...value].map((byte) => bytes(Uint8Array.of(byte)));
const wrote = (value: Uint8Array): HandshakeEffect => ({ do: "write", bytes: value });

describe("the keys of a transit", () => {
  it("are those of the other programs", () => {
    expect(bytesToHex(ours("sender"))).toBe(known.sender_handshake);
    expect(bytesToHex(ours("receiver"))).toBe(known.receiver_handshake);
    expect(bytesToHex(line)).toBe(known.relay_handshake);
    expect(bytesToHex(keys.record.sender)).toBe(known.sender_record_key);
    expect(bytesToHex(keys.record.receiver)).toBe(known.receiver_record_key);
  });
});

describe("the handshake", () => {
  it.each(["sender", "receiver"] as const)("of a %s begins with its own line, before anything has come", (role) => {
    expect(play(begin(role, keys), [open])[1]).toEqual([wrote(ours(role))]);
  });

  it.each(["sender", "receiver"] as const)("of a %s at a relay begins with the relay's line alone", (role) => {
    const [state, done] = play(begin(role, keys, line), [open, bytes(ok.subarray(0, 2))]);
    expect(done).toEqual([wrote(line)]);
    expect(play(state, [bytes(ok.subarray(2))])[1]).toEqual([wrote(ours(role))]);
  });

  it("makes the sender ready, who says go once", () => {
    const [state, done] = play(begin("sender", keys), [open, bytes(theirs("sender"))]);
    expect(done.slice(1)).toEqual([{ do: "ready" }]);
    const [chosen, effects] = play(state, [{ on: "choose" }]);
    expect(effects).toEqual([wrote(go), { do: "chosen", rest: new Uint8Array(0) }]);
    expect(play(chosen, [{ on: "choose" }, { on: "refuse" }])[1]).toEqual([]);
  });

  it("ends with nevermind where the sender has chosen another", () => {
    const [, done] = play(begin("sender", keys), [open, bytes(theirs("sender")), { on: "refuse" }]);
    expect(done.slice(2)).toEqual([wrote(utf8ToBytes("nevermind\n")), expect.objectContaining({ do: "drop" })]);
  });

  it("makes the receiver wait for go, which may come together with the first records", () => {
    const records = Uint8Array.of(0, 0, 0, 45);
    const [, done] = play(begin("receiver", keys), [open, bytes(join(theirs("receiver"), go, records))]);
    expect(done.slice(1)).toEqual([{ do: "ready" }, { do: "chosen", rest: records }]);
  });

  it("may come in single bytes, or all at once", () => {
    const all = join(ok, theirs("receiver"), go);
    const [slowly, inBytes] = play(begin("receiver", keys, line), [open, ...each(all)]);
    const [atOnce, inOne] = play(begin("receiver", keys, line), [open, bytes(all)]);
    expect(inBytes).toEqual(inOne);
    expect([slowly.at, atOnce.at]).toEqual(["chosen", "chosen"]);
  });

  it.each(["sender", "receiver"] as const)("of a %s hangs up at the first wrong byte, wherever it is", (role) => {
    const good = theirs(role);
    for (let at = 0; at < good.length; at++) {
      const wrong = good.slice(0, at + 1);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      const [state, done] = play(begin(role, keys), [open, bytes(wrong)]);
      expect(state.at).toBe("dropped");
      expect(done.at(-1)).toMatchObject({ do: "drop" });
      // Nothing wrong yet one byte before.
      expect(play(begin(role, keys), [open, bytes(good.slice(0, at))])[0].at).toBe("peer");
    }
  });

  it.each(["impatient\n", "bad handshake\n", "okay\n", "HTTP/1.1 400\r\n"])("ends when the relay says %j", (answer) => {
    expect(play(begin("sender", keys, line), [open, bytes(utf8ToBytes(answer))])[0].at).toBe("dropped");
  });

  it.each(["nevermind\n", "gone\n", "\n"])("ends for the receiver when the word is %j", (word) => {
    const [state] = play(begin("receiver", keys), [open, bytes(theirs("receiver")), bytes(utf8ToBytes(word))]);
    expect(state.at).toBe("dropped");
  });

  it("ends with our own line sent back to us", () => {
    for (const role of ["sender", "receiver"] as const) {
      expect(play(begin(role, keys), [open, bytes(ours(role))])[0].at).toBe("dropped");
    }
  });

  it("ends when the receiver speaks before the sender's word", () => {
    for (const event of [[bytes(theirs("sender")), bytes(go)], [bytes(join(theirs("sender"), go))]]) {
      expect(play(begin("sender", keys), [open, ...event])[0].at).toBe("dropped");
    }
  });
});
