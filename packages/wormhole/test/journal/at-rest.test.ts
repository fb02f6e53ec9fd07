/** Encrypted states: `encryptState` and `decryptState`. */
import { beforeAll, describe, expect, it } from "vitest";
import {
  createWormhole,
  decryptState,
  encryptState,
  restoreWormhole,
  type SerializedWormhole,
  WormholeError,
} from "../../src/index.ts";

const KEY = new Uint8Array(32).fill(7);
/** scrypt takes a second on an idle machine, and much longer on a busy one with coverage. */
const SCRYPT_DEADLINE_MS = 60_000;
const PASSPHRASE = "correct horse battery stäple";

let state: SerializedWormhole;
let withKey: string;
let withPassphrase: string;

beforeAll(async () => {
  const options = { appId: "example.com/test", relayUrl: "ws://127.0.0.1:1/v1", versions: { motto: "häß\ud800" } };
  const wormhole = createWormhole({ ...options, delegate: {} });
  wormhole.setCode("4-purple-sausages");
  state = wormhole.serialize();
  wormhole.abandon();
  [withKey, withPassphrase] = await Promise.all([encryptState(state, KEY), encryptState(state, PASSPHRASE)]);
}, SCRYPT_DEADLINE_MS);

/** The message of the error with which `decryptState` rejects. */
async function refusal(text: string, secret: string | Uint8Array): Promise<string> {
  const error: unknown = await decryptState(text, secret).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(WormholeError);
  expect(error).toHaveProperty("code", "bad-state");
  return (error as WormholeError).message;
}

describe("an encrypted state", () => {
  it("is decrypted with its key, and can be restored", async () => {
    const decrypted = await decryptState(withKey, KEY);
    expect(decrypted).toEqual(state);
    restoreWormhole(decrypted, { delegate: {} }).abandon();
  });

  it("is decrypted with its passphrase, in any Unicode form and with any line end", async () => {
    expect(await decryptState(`${withPassphrase}\r\n`, PASSPHRASE.normalize("NFD"))).toEqual(state);
  });

  it("is one line of ASCII without readable content", () => {
    for (const text of [withKey, withPassphrase]) {
      expect(text).toMatch(/^wormhole-state-1 (?:key|scrypt 17 [0-9a-f]{32}) [0-9a-f]+$/);
      expect(Buffer.from(text.split(" ").at(-1) ?? "", "hex").toString("latin1")).not.toMatch(/sausages|example/);
    }
  });

  it("is different each time", async () => {
    expect(await encryptState(state, KEY)).not.toBe(withKey);
  });

  it("is not decrypted with another secret", async () => {
    const sentence = "The passphrase or key is wrong, or this encrypted wormhole is damaged.";
    expect(await refusal(withKey, new Uint8Array(32).fill(8))).toBe(sentence);
    // Less work than usual makes the test faster.
    expect(await refusal(withPassphrase.replace("scrypt 17", "scrypt 4"), "another")).toBe(sentence);
  });

  it("names the kind of secret that it needs", async () => {
    expect(await refusal(withKey, PASSPHRASE)).toBe("This wormhole was encrypted with a key, not with a passphrase.");
    expect(await refusal(withPassphrase, KEY)).toBe("This wormhole was encrypted with a passphrase, not with a key.");
  });

  it("is not decrypted if one bit of its box has changed", async () => {
    const start = withKey.lastIndexOf(" ") + 1;
    for (const place of [start, start + 50, withKey.length - 1]) {
      const digit = (Number.parseInt(withKey[place] ?? "0", 16) ^ 1).toString(16);
      const spoiled = withKey.slice(0, place) + digit + withKey.slice(place + 1);
      expect(await refusal(spoiled, KEY)).toContain("damaged");
    }
  });

  it("is refused before any work is done if it is damaged or requires too much work", async () => {
    const salt = "00".repeat(16);
    const box = "00".repeat(60);
    for (const rest of [
      `scrypt 20 ${salt} ${box}`,
      `scrypt 99 ${salt} ${box}`,
      `scrypt 1e9 ${salt} ${box}`,
      `scrypt 0 ${salt} ${box}`,
      `scrypt -1 ${salt} ${box}`,
      `scrypt 17 ${salt}00 ${box}`,
      `scrypt 17 ${salt.slice(1)} ${box}`,
      `scrypt 17 ${box}`,
      `scrypt 17 ${salt} ${box} ${box}`,
      `key ${box} ${box}`,
      "key",
      `argon2 ${box}`,
      "",
    ])
      expect(await refusal(`wormhole-state-1 ${rest}`, PASSPHRASE), rest).toMatch(/damaged|with a key/);
    for (const rest of ["key 0", "key zz", "key 00", `key ${box}`])
      expect(await refusal(`wormhole-state-1 ${rest}`, KEY), rest).toMatch(/damaged/);
  });

  it("is refused with a reason if it is of another kind or version", async () => {
    expect(await refusal("{}", KEY)).toBe("This is not an encrypted wormhole.");
    expect(await refusal("", KEY)).toBe("This is not an encrypted wormhole.");
    expect(await refusal("wormhole-state-2 key 00", KEY)).toMatch(/another version/);
  });
});

it("a secret that is neither a passphrase nor a key of 32 bytes is a TypeError", async () => {
  for (const secret of ["", new Uint8Array(31), new Uint8Array(33), 7, null, undefined]) {
    await expect(encryptState(state, secret as string)).rejects.toThrow(TypeError);
    await expect(decryptState(withKey, secret as string)).rejects.toThrow(TypeError);
  }
});
