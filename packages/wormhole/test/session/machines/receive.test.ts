import { phaseKey, verifier } from "../../../src/crypto/keys.ts";
import { encrypt } from "../../../src/crypto/secretbox.ts";
import { to } from "../../../src/session/machines/effects.ts";
import { prove, random } from "./prove.ts";

const key = new Uint8Array(32).fill(1);
const plaintext = Uint8Array.of(1, 2, 3);
const good = { side: "them", phase: "0", body: encrypt(phaseKey(key, "them", "0"), random(24), plaintext) };
const message = { on: "message", ...good } as const;
/** Ours come from another side: nobody can send them back as the peer's. */
const reflected = { on: "message", ...good, side: "us" } as const;
const opened = to("boss", { on: "message", phase: "0", plaintext });
const scared = [{ at: "scared" }, to("boss", { on: "scared" })] as const;

prove("receive", {
  transitions: [
    [{ at: "keyless" }, { on: "key", key }, [{ at: "unverified", key }]],
    [
      { at: "unverified", key },
      message,
      [
        { at: "verified", key },
        to("send", { on: "verified", key }),
        to("boss", { on: "verified", verifier: verifier(key) }),
        opened,
      ],
    ],
    [{ at: "unverified", key }, reflected, scared],
    [{ at: "verified", key }, message, [{ at: "verified", key }, opened]],
    [{ at: "verified", key }, { ...message, phase: "1" }, scared],
  ],
  refused: { keyless: ["message"], unverified: ["key"], verified: ["key"], scared: ["key"] },
});
