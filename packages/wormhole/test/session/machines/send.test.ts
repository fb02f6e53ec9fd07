/** The table of the machine `send`: encryption only after the proof. */
import { phaseKey } from "../../../src/crypto/keys.ts";
import { encrypt } from "../../../src/crypto/secretbox.ts";
import { to } from "../../../src/session/machines/effects.ts";
import { prove, random } from "./prove.ts";

const key = new Uint8Array(32).fill(1);
const plaintext = Uint8Array.of(1, 2, 3);
const outbound = (phase: string) => ({ phase, plaintext });
const sealed = (phase: string) =>
  to("mailbox", { on: "add", phase, body: encrypt(phaseKey(key, "us", phase), random(24), plaintext) });
const holding = { at: "holding", side: "us", held: [outbound("0")] } as const;
const verified = { at: "verified", side: "us", key } as const;

// proves: session/nothing-before-proof, session/encrypted-once, api/send-any-time
prove("send", {
  transitions: [
    [
      { ...holding, held: [outbound("0")] },
      { on: "send", ...outbound("1") },
      [{ ...holding, bytes: 86, held: [outbound("0"), outbound("1")] }],
    ],
    [
      { ...holding, bytes: 172, held: [outbound("0"), outbound("1")] },
      { on: "verified", key },
      [{ ...verified, bytes: 172 }, sealed("0"), sealed("1")],
    ],
    [verified, { on: "send", ...outbound("2") }, [{ ...verified, bytes: 86 }, sealed("2")]],
    [{ ...verified, bytes: 100 }, { on: "send", ...outbound("2") }, [{ ...verified, bytes: 186 }, sealed("2")]],
  ],
  refused: { verified: ["verified"] },
});
