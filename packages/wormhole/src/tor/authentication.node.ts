import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { ControlPort } from "./control-port.node.ts";
import { ControlPortError } from "./control-port-error.ts";
import { keyword } from "./control-reply.ts";

/** Bytes of the file that only Tor and its friends can read, and of what each side adds. */
const COOKIE_LENGTH = 32;
const NONCE_LENGTH = 32;
/** Whose proof is whose: control-spec, section 3.24. */
const THEIR_KEY = "Tor safe cookie authentication server-to-controller hash";
const OUR_KEY = "Tor safe cookie authentication controller-to-server hash";

/**
 * Gets a Tor to obey us, by proving that we can read its files. Tor must prove it too: a stranger who listens there
 * gets to know nothing.
 * @throws {ControlPortError} if it does not let us in
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
  const ours = randomBytes(NONCE_LENGTH);
  const [challenge = ""] = await control.ask(`AUTHCHALLENGE SAFECOOKIE ${ours.toString("hex")}`);
  const theirs = hex(challenge, "SERVERNONCE");
  const proof = (key: string) => createHmac("sha256", key).update(cookie).update(ours).update(theirs).digest();
  const [expected, given] = [proof(THEIR_KEY), hex(challenge, "SERVERHASH")];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ControlPortError("it names a cookie that it does not know itself");
  }
  await control.ask(`AUTHENTICATE ${proof(OUR_KEY).toString("hex")}`);
}

function hex(line: string, name: string): Buffer {
  return Buffer.from(keyword(line, name) ?? "", "hex");
}

/** Whatever listens there has named the file: nothing may be read for long, and nothing longer than a cookie. */
async function readCookie(path: string): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch((cause: { code?: string }) => {
    throw new ControlPortError(`this user may not read its cookie ${path} (${cause.code})`, { cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(COOKIE_LENGTH + 1));
    if (bytesRead !== COOKIE_LENGTH) throw new ControlPortError(`${path} is not the cookie of a Tor`);
    return buffer.subarray(0, COOKIE_LENGTH);
  } finally {
    await file.close();
  }
}
