/** The table of the machine `key`: one key exchange for each code. */
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { phaseKey } from "../../../src/crypto/keys.ts";
import { encrypt } from "../../../src/crypto/secretbox.ts";
import { finish, start } from "../../../src/crypto/spake2.ts";
import { to } from "../../../src/session/machines/effects.ts";
import type { State } from "../../../src/session/machines/key.ts";
import { prove, random } from "./prove.ts";

const code = utf8ToBytes("7-a");
const version = { app_versions: { a: 1 } };
const common = { appId: "x", side: "us", version };
const ours = start(code, random(64));
const theirs = start(code, new Uint8Array(64).fill(9)).message;
const shared = finish(ours, theirs, utf8ToBytes("x")) ?? new Uint8Array();
const asked: State = { at: "asked", exchange: ours, ...common };

const json = (value: unknown) => utf8ToBytes(JSON.stringify(value));
const pake = (body: Uint8Array) => ({ on: "pake", body }) as const;
const failed = [{ at: "failed" }, to("outcome", { on: "wrongPassword" })] as const;

// proves: session/one-answer
prove("key", {
  transitions: [
    [
      { at: "nothing", ...common },
      { on: "code", code: "7-a" },
      [asked, to("mailbox", { on: "add", phase: "pake", body: json({ pake_v1: bytesToHex(ours.message) }) })],
    ],
    [
      asked,
      pake(json({ pake_v1: bytesToHex(theirs), later: true })),
      [
        { at: "agreed" },
        to("delivery", { on: "keyAgreed", key: shared }),
        to("mailbox", {
          on: "add",
          phase: "version",
          body: encrypt(phaseKey(shared, "us", "version"), random(24), json(version)),
        }),
        to("receive", { on: "key", key: shared }),
        to("order", { on: "agreed" }),
      ],
    ],
    [asked, pake(json({ pake_v1: bytesToHex(ours.message) })), failed],
    [asked, pake(json({ pake_v1: "odd" })), failed],
    [asked, pake(json({ pake_v1: 7 })), failed],
    [asked, pake(json({ pake_v2: bytesToHex(theirs) })), failed],
    [asked, pake(json([bytesToHex(theirs)])), failed],
    [asked, pake(Uint8Array.of(0xff, 0xfe)), failed],
    [asked, pake(new Uint8Array()), failed],
  ],
  refused: { nothing: ["pake"], asked: ["code"], agreed: ["code", "pake"], failed: ["code", "pake"] },
});
