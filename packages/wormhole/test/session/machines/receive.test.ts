/** The table of the machine `receive`: decryption, and the first message that fails. */
import { phaseKey, verifier } from "../../../src/crypto/keys.ts";
import { encrypt } from "../../../src/crypto/secretbox.ts";
import { to } from "../../../src/session/machines/effects.ts";
import { prove, random } from "./prove.ts";

const key = new Uint8Array(32).fill(1);
const plaintext = Uint8Array.of(1, 2, 3);
const good = { side: "them", phase: "0", body: encrypt(phaseKey(key, "them", "0"), random(24), plaintext) };
const message = { on: "message", ...good } as const;
/** A message of ours that the server returns as one from the peer. */
const reflected = { ...message, body: encrypt(phaseKey(key, "us", "0"), random(24), plaintext) } as const;
const opened = to("delivery", { on: "message", phase: "0", plaintext });
const undecryptable = [{ at: "undecryptable" }, to("outcome", { on: "wrongPassword" })] as const;

// proves: session/first-forgery-ends-it, session/no-reflection, api/event-verifier
prove("receive", {
  transitions: [
    [{ at: "keyless" }, { on: "key", key }, [{ at: "unverified", key }]],
    [
      { at: "unverified", key },
      message,
      [
        { at: "verified", key },
        to("send", { on: "verified", key }),
        to("outcome", { on: "verified" }),
        to("delivery", { on: "verified", verifier: verifier(key) }),
        opened,
      ],
    ],
    [{ at: "unverified", key }, reflected, undecryptable],
    [{ at: "verified", key }, message, [{ at: "verified", key }, opened]],
    [{ at: "verified", key }, { ...message, phase: "1" }, undecryptable],
  ],
  refused: { keyless: ["message"], unverified: ["key"], verified: ["key"], undecryptable: ["key"] },
});
