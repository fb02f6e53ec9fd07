/** What a server wants before it serves: the `permission-required` of its welcome. */

import { field, isObject, type JsonObject } from "../../base/json.ts";
import { MAX_STAMP_BITS } from "../../crypto/hashcash.ts";

export type Permission =
  | { kind: "none" }
  /** A stamp with so many zero bits, for this resource. */
  | { kind: "hashcash"; bits: number; resource: string }
  /** Something we cannot give, in words for people. */
  | { kind: "impossible"; reason: string };

/** What this welcome asks for. Programs and documents spell the key in two ways. */
export function permissionIn(welcome: JsonObject): Permission {
  const required = field(welcome, "permission-required") ?? field(welcome, "permissions-required");
  if (!isObject(required) || Object.hasOwn(required, "none")) return { kind: "none" };
  const hashcash = field(required, "hashcash");
  if (!isObject(hashcash)) return { kind: "impossible", reason: "it wants a permission that this program cannot give" };
  return stamped(field(hashcash, "bits"), field(hashcash, "resource"));
}

function stamped(bits: unknown, resource: unknown): Permission {
  if (typeof bits !== "number" || !Number.isInteger(bits) || bits < 0) return malformed;
  if (typeof resource !== "string" || !/^[\x21-\x39\x3b-\x7e]{1,200}$/.test(resource)) return malformed;
  if (bits <= MAX_STAMP_BITS) return { kind: "hashcash", bits, resource };
  const reason = `it wants more work (${bits} bits) than is reasonable (${MAX_STAMP_BITS} bits)`;
  return { kind: "impossible", reason };
}

const malformed: Permission = { kind: "impossible", reason: "it asks for work in a way that makes no sense" };
