/** Authentication at a Tor's control port, by a cookie file that only Tor and users with its permission can read. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { ControlPort } from "./control-port.ts";
import { ControlPortError, keyword } from "./control-reply.ts";

/** Bytes of the cookie, and of the nonce that this program adds. */
const COOKIE_BYTES = 32;
const NONCE_BYTES = 32;
/** The keys of the two proofs: control-spec of the Tor specifications, section 3.24. */
const SERVER_KEY = "Tor safe cookie authentication server-to-controller hash";
const CONTROLLER_KEY = "Tor safe cookie authentication controller-to-server hash";

/**
 * Proves to a Tor that this program can read Tor's cookie file. The proof is mutual, so a program that only pretends to be
 * Tor learns nothing.
 * @throws {ControlPortError} if Tor refuses this program, or fails to prove that it is Tor
 */
export async function authenticate(control: ControlPort): Promise<void> {
  const lines = await control.ask("PROTOCOLINFO 1");
  const offer = lines.find((line) => line.startsWith("AUTH ")) ?? "";
  const methods = keyword(offer, "METHODS")?.split(",") ?? [];
  const file = keyword(offer, "COOKIEFILE");
  if (methods.includes("NULL")) await control.ask("AUTHENTICATE");
  else if (methods.includes("SAFECOOKIE") && file !== undefined) await proveWith(await readCookie(file), control);
  else throw new ControlPortError("it wants a password: set CookieAuthentication 1 in the configuration of Tor");
}

async function proveWith(cookie: Buffer, control: ControlPort): Promise<void> {
  const ours = randomBytes(NONCE_BYTES);
  const [challenge = ""] = await control.ask(`AUTHCHALLENGE SAFECOOKIE ${ours.toString("hex")}`);
  const theirs = hex(challenge, "SERVERNONCE");
  const proof = (key: string) => createHmac("sha256", key).update(cookie).update(ours).update(theirs).digest();
  const [expected, given] = [proof(SERVER_KEY), hex(challenge, "SERVERHASH")];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ControlPortError("it does not have the content of the cookie file that it names");
  }
  await control.ask(`AUTHENTICATE ${proof(CONTROLLER_KEY).toString("hex")}`);
}

function hex(line: string, name: string): Buffer {
  return Buffer.from(keyword(line, name) ?? "", "hex");
}

/**
 * Reads the cookie file. The path comes from an unknown program at the control port, so opening it must not block (a pipe
 * would block), and only the length of a cookie is read.
 */
async function readCookie(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: { code?: string }) => {
    throw new ControlPortError(`this user may not read its cookie ${path} (${cause.code})`, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(COOKIE_BYTES + 1));
    if (bytesRead !== COOKIE_BYTES) throw new ControlPortError(`${path} is not the cookie of a Tor`);
    return buffer.subarray(0, COOKIE_BYTES);
  } finally {
    await file.close();
  }
}
