/** The handshake on one connection. test/vectors/dilation_l2.json holds that of two Python programs. */
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Random } from "../../../src/base/random.ts";
import { deriveKey } from "../../../src/crypto/keys.ts";
import { respond } from "../../../src/crypto/noise.ts";
import { portableChaCha } from "../../../src/crypto/portable.ts";
import { FrameOpener, FrameSealer } from "../../../src/dilation/wire/frames.ts";
import { begin, type DilationHandshakeState, dilationHandshake } from "../../../src/dilation/wire/handshake.ts";
import { relayLine } from "../../../src/transit/keys.ts";
import type { HandshakeEffect, HandshakeEvent } from "../../../src/transit/race/handshake.ts";
import { vectors } from "../../vectors.ts";

type DilationRole = "leader" | "follower";
interface Vectors {
  psk: string;
  leader_ephemeral_private: string;
  follower_ephemeral_private: string;
  leader_to_follower_key: string;
  follower_to_leader_key: string;
  conversation: { from: DilationRole; what: string; plaintext?: string; wire: string }[];
  relay_handshake: { dilation_key: string; dilation_side: string; wire: string };
}
const known = vectors<Vectors>("dilation_l2");
const psk = hexToBytes(known.psk);
const roles = ["leader", "follower"] as const;
const otherThan = (role: DilationRole): DilationRole => (role === "leader" ? "follower" : "leader");
const entropy = (role: DilationRole) => hexToBytes(known[`${role}_ephemeral_private`]);
const keys = {
  leader: hexToBytes(known.leader_to_follower_key),
  follower: hexToBytes(known.follower_to_leader_key),
};
/** The bytes that a role sends: its prologue, its Noise message, its key confirmation, then records. */
const says = (role: DilationRole) =>
  known.conversation.filter(({ from }) => from === role).map(({ wire }) => hexToBytes(wire)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    ...Uint8Array[],
  ];
const [leaders, followers] = [says("leader"), says("follower")];
const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const ok = utf8ToBytes("ok\n");
const line = utf8ToBytes("please relay 00 for side 00\n");

const open: HandshakeEvent = { on: "open" };
const choose: HandshakeEvent = { on: "choose" };
const refuse: HandshakeEvent = { on: "refuse" };
const bytes = (...parts: Uint8Array[]): HandshakeEvent => ({ on: "bytes", bytes: join(...parts) });
const each = (value: Uint8Array) => [...value].map((byte) => bytes(Uint8Array.of(byte)));
const wrote = (...parts: Uint8Array[]): HandshakeEffect => ({ do: "write", bytes: join(...parts) });
const chosenWith = (rest: Uint8Array): HandshakeEffect => ({ do: "chosen", rest });
const nothing = new Uint8Array(0);

/** Takes the steps. Returns the last state and all effects. The bytes of each event are overwritten after its step. */
function play(state: DilationHandshakeState, events: HandshakeEvent[], random: Random) {
  const done: HandshakeEffect[] = [];
  let now = state;
  for (const event of events) {
    const given = event.on === "bytes" ? { ...event, bytes: event.bytes.slice() } : event;
    const step = dilationHandshake.step(now, given, random);
    if (step === "unexpected") throw new Error(`${event.on} is unexpected at ${now.at}`);
    const [next, ...effects] = step;
    now = next;
    done.push(...effects.map((effect) => (effect.do === "chosen" ? { ...effect, rest: effect.rest.slice() } : effect)));
    if (given.on === "bytes") given.bytes.fill(0xee);
  }
  return [now, done] as const;
}

/** The handshake of a role with the vectors' randomness. */
function talk(role: DilationRole, events: HandshakeEvent[], relay: Uint8Array | null = null) {
  return play(begin(role, psk, relay), [open, ...events], () => entropy(role));
}

/** The bytes that a role of the vectors receives. */
const heard = (role: DilationRole) =>
  role === "leader" ? join(...followers.slice(0, 3)) : join(...leaders.slice(0, 3));

describe("the handshake of a leader", () => {
  it("is that of the Python program, step by step", () => {
    const [prologue, message, confirmation] = followers;
    const [greeted, greeting] = talk("leader", []);
    expect(greeting).toEqual([wrote(leaders[0])]);
    const steps: [HandshakeEvent, HandshakeEffect[]][] = [
      [bytes(prologue), [wrote(leaders[1])]],
      [bytes(message), []],
      [bytes(confirmation), [{ do: "ready" }]],
      [choose, [wrote(leaders[2]), chosenWith(nothing)]],
    ];
    let state = greeted;
    for (const [event, effects] of steps) {
      const [next, done] = play(state, [event], () => entropy("leader"));
      expect(done, event.on).toEqual(effects);
      state = next;
    }
    expect(state).toEqual({ at: "chosen", keys: { send: keys.leader, receive: keys.follower } });
  });

  it("does not begin the Noise part before the whole prologue has come", () => {
    const prologue = followers[0];
    expect(talk("leader", [bytes(prologue.subarray(0, -1))])[1]).toEqual([wrote(leaders[0])]);
    expect(talk("leader", [bytes(prologue)])[1]).toEqual([wrote(leaders[0]), wrote(leaders[1])]);
  });

  it("ends without a message if another connection is chosen", () => {
    const [state, done] = talk("leader", [bytes(heard("leader")), refuse]);
    expect(state.at).toBe("dropped");
    expect(done.slice(2)).toEqual([{ do: "ready" }, { do: "drop", reason: "not needed any more" }]);
  });

  it("ends if the follower sends more before the leader has chosen", () => {
    const early = followers[3] ?? nothing;
    for (const events of [[bytes(heard("leader")), bytes(early)], [bytes(heard("leader"), early)]]) {
      const [state, done] = talk("leader", events);
      expect(state.at).toBe("dropped");
      expect(done.at(-1)).toEqual({ do: "drop", reason: "the other side did not wait for its turn" });
    }
  });
});

describe("the handshake of a follower", () => {
  it("is that of the Python program, step by step", () => {
    const [prologue, message, confirmation] = leaders;
    const [greeted, greeting] = talk("follower", []);
    expect(greeting).toEqual([wrote(followers[0])]);
    const steps: [HandshakeEvent, HandshakeEffect[]][] = [
      [bytes(prologue), []],
      [bytes(message), [wrote(followers[1], followers[2]), { do: "ready" }]],
      [bytes(confirmation), [chosenWith(nothing)]],
    ];
    let state = greeted;
    for (const [event, effects] of steps) {
      const [next, done] = play(state, [event], () => entropy("follower"));
      expect(done, event.on).toEqual(effects);
      state = next;
    }
    expect(state).toEqual({ at: "chosen", keys: { send: keys.follower, receive: keys.leader } });
  });

  it("accepts the leader's confirmation and its first records in one packet", () => {
    const records = leaders.slice(3);
    const [state, done] = talk("follower", [bytes(leaders[0]), bytes(leaders[1]), bytes(leaders[2], ...records)]);
    expect(done.at(-1)).toEqual(chosenWith(join(...records)));
    if (state.at !== "chosen") throw new Error("not chosen");
    // The confirmation was message 0 of its direction.
    const opener = new FrameOpener(portableChaCha, state.keys.receive, 1);
    const plain = known.conversation.filter(({ from, plaintext }) => from === "leader" && plaintext).slice(1);
    expect(plain.length).toBe(records.length);
    for (const [i, { plaintext }] of plain.entries()) {
      expect(bytesToHex(opener.open((records[i] ?? nothing).subarray(4)))).toBe(plaintext);
    }
  });

  // proves: dilation/leader-chooses
  it("ends if the leader closes the connection instead of choosing it", () => {
    const [state, done] = talk("follower", [bytes(leaders[0], leaders[1]), refuse]);
    expect(state.at).toBe("dropped");
    expect(done.slice(-2)).toEqual([{ do: "ready" }, { do: "drop", reason: "not needed any more" }]);
  });
});

describe.each(roles)("the handshake of a %s", (role) => {
  const records = says(otherThan(role)).slice(3);
  const all = role === "leader" ? heard(role) : join(heard(role), ...records.slice(0, 2));

  it("is the same whole, byte by byte, and cut anywhere", () => {
    const end = role === "leader" ? [choose] : [];
    const whole = talk(role, [bytes(ok, all), ...end], line);
    expect(whole[0].at).toBe("chosen");
    /** Only the rest depends on the cuts: the bytes that came with the last byte of the handshake. */
    const withoutRest = ([state, done]: ReturnType<typeof talk>) =>
      [state, done.filter((effect) => effect.do !== "chosen")] as const;
    expect(withoutRest(talk(role, [...each(join(ok, all)), ...end], line))).toEqual(withoutRest(whole));
    const stream = join(ok, all);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length];
        const chunks = places.slice(1).map((place, i) => stream.subarray(places[i], place));
        const events = chunks.filter(({ length }) => length > 0).map((chunk) => bytes(chunk));
        expect(withoutRest(talk(role, [...events, ...end], line))).toEqual(withoutRest(whole));
      }),
    );
  });

  it("drops the connection at the first wrong byte of a prologue, and at any wrong bit after it", () => {
    const good = heard(role);
    const prologue = says(otherThan(role))[0].length;
    for (let bit = 0; bit < good.length * 8; bit++) {
      const at = bit >> 3;
      const wrong = good.slice();
      wrong[at] = (wrong[at] ?? 0) ^ (1 << (bit & 7));
      const end = at < prologue ? at + 1 : good.length;
      const [state, done] = talk(role, [bytes(wrong.subarray(0, end))]);
      expect(state.at, `bit ${bit}`).toBe("dropped");
      expect(done.filter((effect) => effect.do === "drop")).toHaveLength(1);
      expect(done.some((effect) => effect.do === "chosen")).toBe(false);
    }
  });

  it("drops the connection at the first byte of a frame with another length", () => {
    const [prologue, message] = says(otherThan(role));
    for (const length of ["00000031", "0000002f", "00000011", "00000130", "00010030", "01000030", "ffffffff"]) {
      expect(talk(role, [bytes(prologue, hexToBytes(length))])[0].at, length).toBe("dropped");
    }
    for (const length of ["00000012", "00000010", "00000030", "00000111", "ffffffff"]) {
      expect(talk(role, [bytes(prologue, message, hexToBytes(length))])[0].at, length).toBe("dropped");
    }
    expect(talk(role, [bytes(prologue, Uint8Array.of(1))])[0].at).toBe("dropped");
    expect(talk(role, [bytes(prologue, Uint8Array.of(0, 0, 0))])[0].at).not.toBe("dropped");
  });

  it("ends if the peer has the same role, as this side itself would", () => {
    expect(talk(role, [bytes(says(role)[0])])[0].at).toBe("dropped");
  });

  // proves: dilation/key-needed, api/direct-encrypted
  it("ends without an answer if the peer has another key", () => {
    const other = begin(otherThan(role), new Uint8Array(32).fill(1));
    const [state, done] =
      role === "follower"
        ? talk("follower", [bytes(written(play(other, [open, bytes(followers[0])], () => entropy("leader"))[1]))])
        : talk("leader", [bytes(followers[0], strangersAnswer())]);
    expect(state.at).toBe("dropped");
    expect(done.map((effect) => effect.do)).toEqual(
      role === "follower" ? ["write", "drop"] : ["write", "write", "drop"],
    );
  });

  it("ends at a sealed record that is not a key confirmation", () => {
    const [prologue, message] = says(otherThan(role));
    const ping = new FrameSealer(portableChaCha, keys[otherThan(role)]).seal(Uint8Array.of(1));
    expect(ping).toHaveLength(21);
    expect(talk(role, [bytes(prologue, message, ping)])[0].at).toBe("dropped");
  });

  // proves: dilation/handshake-bounded
  it("never keeps more than the 52 bytes of a Noise message", () => {
    let most = 0;
    let state: DilationHandshakeState = begin(role, psk, line);
    for (const event of [open, ...each(join(ok, all))]) {
      [state] = play(state, [event], () => entropy(role));
      for (const value of Object.values(state)) {
        if (value instanceof Uint8Array && value !== psk) most = Math.max(most, value.length);
      }
      if (state.at === "chosen") break;
    }
    expect(most).toBe(51);
  });

  it("can be given up at any time", () => {
    const stream = join(ok, heard(role));
    for (let length = 0; length < stream.length; length++) {
      const [state, done] = talk(role, [bytes(stream.subarray(0, length)), refuse], line);
      expect(state.at, `after ${length} bytes`).toBe("dropped");
      expect(done.at(-1)).toEqual({ do: "drop", reason: "not needed any more" });
      expect(play(state, [open, bytes(ok), choose, refuse], () => entropy(role))[1]).toEqual([]);
    }
    expect(play(begin(role, psk), [refuse], () => entropy(role))[0].at).toBe("dropped");
  });

  it("cannot be chosen or opened out of turn", () => {
    const random = () => entropy(role);
    expect(dilationHandshake.step(begin(role, psk), choose, random)).toBe("unexpected");
    expect(dilationHandshake.step(begin(role, psk), bytes(ok), random)).toBe("unexpected");
    for (const events of [[], [bytes(says(otherThan(role))[0])]]) {
      const [state] = talk(role, events);
      for (const event of [open, choose]) expect(dilationHandshake.step(state, event, random)).toBe("unexpected");
    }
  });
});

describe("through a relay", () => {
  const { dilation_key, dilation_side, wire } = known.relay_handshake;

  it("the line is that of the Python program", () => {
    const token = bytesToHex(deriveKey(hexToBytes(dilation_key), "transit_relay_token"));
    expect(bytesToHex(relayLine(token, dilation_side))).toBe(wire);
  });

  it.each(roles)("a %s sends only its line before the relay has sent ok", (role) => {
    expect(talk(role, [bytes(ok.subarray(0, 2))], line)[1]).toEqual([wrote(line)]);
    expect(talk(role, [bytes(ok)], line)[1]).toEqual([wrote(line), wrote(says(role)[0])]);
  });

  it.each(["impatient\n", "bad handshake\n", "okay\n", "ok\r\n", "HTTP/1.1 400\r\n"])(
    "the handshake ends if the relay answers %j",
    (answer) => {
      const [state, done] = talk("leader", [bytes(utf8ToBytes(answer))], line);
      expect(state.at).toBe("dropped");
      expect(done.at(-1)).toMatchObject({ do: "drop", reason: "the relay did not let us in" });
    },
  );
});

it("a leader and a follower of this library complete it with any randomness", () => {
  const randomness = fc.uint8Array({ minLength: 32, maxLength: 32 });
  fc.assert(
    fc.property(randomness, randomness, randomness, (psk, ours, theirs) => {
      const run = (state: DilationHandshakeState, event: HandshakeEvent, entropy: Uint8Array) =>
        play(state, [event], () => entropy);
      const [l0, hello] = run(begin("leader", psk), open, ours);
      const [f0, hi] = run(begin("follower", psk), open, theirs);
      const [l1, first] = run(l0, bytes(written(hi)), ours);
      const [f1, second] = run(f0, bytes(written(hello), written(first)), theirs);
      const [l2, ready] = run(l1, bytes(written(second)), ours);
      expect(ready).toEqual([{ do: "ready" }]);
      const [l3, word] = run(l2, choose, ours);
      const [f2] = run(f1, bytes(written(word)), theirs);
      if (l3.at !== "chosen" || f2.at !== "chosen") throw new Error("not chosen");
      expect(l3.keys).toEqual({ send: f2.keys.receive, receive: f2.keys.send });
      const [sealer, opener] = [
        new FrameSealer(portableChaCha, l3.keys.send, 1),
        new FrameOpener(portableChaCha, f2.keys.receive, 1),
      ];
      expect(opener.open(sealer.seal(ok).subarray(4))).toEqual(ok);
    }),
    { numRuns: 20 },
  );
});

/** Returns all bytes that were written. */
function written(done: readonly HandshakeEffect[]): Uint8Array {
  return join(...done.map((effect) => (effect.do === "write" ? effect.bytes : nothing)));
}

/** Returns a well-formed answer to another message, made with another key. */
function strangersAnswer(): Uint8Array {
  const other = new Uint8Array(32).fill(1);
  const [, done] = play(begin("leader", other), [open, bytes(followers[0])], () => entropy("leader"));
  const answer = respond(other, written(done).subarray(leaders[0].length + 4), entropy("follower"));
  return join(Uint8Array.of(0, 0, 0, 48), answer?.message ?? nothing);
}
