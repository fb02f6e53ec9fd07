/** The keys of a transit, and the handshake on one candidate. */
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { deriveTransitKeys, relayLine, type TransitRole } from "../../../src/transit/keys.ts";
import {
  beginHandshake,
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

const ours = (role: TransitRole) => keys.handshake[role];
const theirs = (role: TransitRole) => keys.handshake[role === "sender" ? "receiver" : "sender"];
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const ok = utf8ToBytes("ok\n");
const go = utf8ToBytes("go\n");

/** Posts the events. Returns the last state and all effects. */
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
  it("are the same as those of the other programs", () => {
    expect(bytesToHex(ours("sender"))).toBe(known.sender_handshake);
    expect(bytesToHex(ours("receiver"))).toBe(known.receiver_handshake);
    expect(bytesToHex(line)).toBe(known.relay_handshake);
    expect(bytesToHex(keys.record.sender)).toBe(known.sender_record_key);
    expect(bytesToHex(keys.record.receiver)).toBe(known.receiver_record_key);
  });
});

describe("the handshake", () => {
  // proves: transit/line-first
  it.each(["sender", "receiver"] as const)("of a %s begins with its own line, before anything has arrived", (role) => {
    expect(play(beginHandshake(role, keys), [open])[1]).toEqual([wrote(ours(role))]);
  });

  it.each(["sender", "receiver"] as const)("of a %s at a relay begins with the relay's line alone", (role) => {
    const [state, done] = play(beginHandshake(role, keys, line), [open, bytes(ok.subarray(0, 2))]);
    expect(done).toEqual([wrote(line)]);
    expect(play(state, [bytes(ok.subarray(2))])[1]).toEqual([wrote(ours(role))]);
  });

  it("makes the sender ready, which then writes `go` once", () => {
    const [state, done] = play(beginHandshake("sender", keys), [open, bytes(theirs("sender"))]);
    expect(done.slice(1)).toEqual([{ do: "ready" }]);
    const [chosen, effects] = play(state, [{ on: "choose" }]);
    expect(effects).toEqual([wrote(go), { do: "chosen", rest: new Uint8Array(0) }]);
    expect(play(chosen, [{ on: "choose" }, { on: "refuse" }])[1]).toEqual([]);
  });

  it("ends with `nevermind` if the sender has chosen another connection", () => {
    const [, done] = play(beginHandshake("sender", keys), [open, bytes(theirs("sender")), { on: "refuse" }]);
    expect(done.slice(2)).toEqual([wrote(utf8ToBytes("nevermind\n")), expect.objectContaining({ do: "drop" })]);
  });

  // proves: transit/sender-decides
  it("makes the receiver wait for `go`, which may arrive together with the first records", () => {
    const records = Uint8Array.of(0, 0, 0, 45);
    const [, done] = play(beginHandshake("receiver", keys), [open, bytes(join(theirs("receiver"), go, records))]);
    expect(done.slice(1)).toEqual([{ do: "ready" }, { do: "chosen", rest: records }]);
  });

  it("may arrive in single bytes, or all at once", () => {
    const all = join(ok, theirs("receiver"), go);
    const [slowly, inBytes] = play(beginHandshake("receiver", keys, line), [open, ...each(all)]);
    const [atOnce, inOne] = play(beginHandshake("receiver", keys, line), [open, bytes(all)]);
    expect(inBytes).toEqual(inOne);
    expect([slowly.at, atOnce.at]).toEqual(["chosen", "chosen"]);
  });

  // proves: transit/greeting-whole
  it.each(["sender", "receiver"] as const)(
    "of a %s takes a wrong greeting to its end, wherever the wrong digit is, and tells nothing before",
    (role) => {
      const good = theirs(role);
      const endings = new Set<string>();
      for (let at = "transit receiver ".length; at < good.length; at++) {
        const wrong = good.slice();
        wrong[at] = (wrong[at] ?? 0) ^ 1;
        const last = wrong.length - 1;
        for (const events of [each(wrong.subarray(0, last)), [bytes(wrong.subarray(0, last))]]) {
          const [state, done] = play(beginHandshake(role, keys), [open, ...events]);
          expect([state.at, done]).toEqual(["peer", [wrote(ours(role))]]);
          const [end, effects] = play(state, [bytes(wrong.subarray(last))]);
          endings.add(JSON.stringify([end, effects]));
        }
      }
      expect([...endings]).toEqual([expect.stringContaining('"do":"drop"')]);
    },
  );

  // proves: transit/first-wrong-byte
  it.each(["sender", "receiver"] as const)("of a %s ends at the first wrong byte of the public words", (role) => {
    const good = theirs(role);
    for (let at = 0; at < "transit sender ".length; at++) {
      const wrong = good.slice(0, at + 1);
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      expect(play(beginHandshake(role, keys), [open, bytes(wrong)])[0].at).toBe("dropped");
      expect(play(beginHandshake(role, keys), [open, bytes(good.slice(0, at))])[0].at).toBe("peer");
    }
  });

  it.each(["impatient\n", "bad handshake\n", "okay\n", "HTTP/1.1 400\r\n"])(
    "ends when the relay answers %j",
    (answer) => {
      expect(play(beginHandshake("sender", keys, line), [open, bytes(utf8ToBytes(answer))])[0].at).toBe("dropped");
    },
  );

  it.each(["nevermind\n", "gone\n", "\n"])("ends for the receiver when the sender's decision is %j", (word) => {
    const [state] = play(beginHandshake("receiver", keys), [open, bytes(theirs("receiver")), bytes(utf8ToBytes(word))]);
    expect(state.at).toBe("dropped");
  });

  // proves: transit/no-reflection
  it("ends when this side receives its own line", () => {
    for (const role of ["sender", "receiver"] as const) {
      expect(play(beginHandshake(role, keys), [open, bytes(ours(role))])[0].at).toBe("dropped");
    }
  });

  // proves: transit/sender-decides
  it("ends when the receiver sends data before the sender's decision", () => {
    for (const event of [[bytes(theirs("sender")), bytes(go)], [bytes(join(theirs("sender"), go))]]) {
      expect(play(beginHandshake("sender", keys), [open, ...event])[0].at).toBe("dropped");
    }
  });
});
