/** Reads the two parts of a server's welcome that decide whether it serves this client: refusal and permission. */

import { field, isObject, type JsonObject } from "../base/json.ts";
import { MAX_STAMP_BITS } from "../crypto/hashcash.ts";

/** A permission that a server requires. */
export type Permission =
  | { kind: "none" }
  /** A hashcash stamp for `resource` whose hash begins with `bits` zero bits. */
  | { kind: "hashcash"; bits: number; resource: string }
  /** A permission that this program cannot get. `reason` explains it to people. */
  | { kind: "impossible"; reason: string };

/** The reason for which this welcome refuses the client; `undefined` if it does not refuse. */
export function refusalIn(welcome: JsonObject): string | undefined {
  const error = field(welcome, "error");
  return typeof error === "string" ? error : undefined;
}

/** The permission that this welcome requires. Programs and documents spell the key in two ways. */
export function permissionIn(welcome: JsonObject): Permission {
  const required = field(welcome, "permission-required") ?? field(welcome, "permissions-required");
  if (!isObject(required) || Object.hasOwn(required, "none")) return { kind: "none" };
  const hashcash = field(required, "hashcash");
  if (!isObject(hashcash))
    return { kind: "impossible", reason: "it requires a permission that this program does not support" };
  return stamped(field(hashcash, "bits"), field(hashcash, "resource"));
}

function stamped(bits: unknown, resource: unknown): Permission {
  if (typeof bits !== "number" || !Number.isInteger(bits) || bits < 0) return malformed;
  if (typeof resource !== "string" || !/^[\x21-\x39\x3b-\x7e]{1,200}$/.test(resource)) return malformed;
  if (bits <= MAX_STAMP_BITS) return { kind: "hashcash", bits, resource };
  const reason = `it requires more work (${bits} bits) than this program accepts (${MAX_STAMP_BITS} bits)`;
  return { kind: "impossible", reason };
}

const malformed: Permission = { kind: "impossible", reason: "its request for work is invalid" };
