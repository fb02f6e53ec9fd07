/** The roles of the two sides, which programs of this project announce to each other. Other programs ignore them. */
import { field, isObject, type JsonObject } from "../base/json.ts";
import type { Role } from "./context.ts";
import { sameRole } from "./dialogue/common.ts";
import { LocalError } from "./local-error.ts";

/** The name of our announcement among the application's versions. */
const NAME = "wormhole-ts";

/** The versions by which a side announces its role. */
export function announcement(role: Role): JsonObject {
  return { [NAME]: { role } };
}

/** Whether the peer is a program of this project. */
export const isOurs = (versions: JsonObject): boolean => isObject(field(versions, NAME));

/**
 * Compares the roles of the two sides.
 * @throws {LocalError} `wrong-role` if both do the same, so that each would wait for the other for ever
 */
export function checkRoles(own: Role, versions: JsonObject): void {
  const announced = field(versions, NAME);
  if (isObject(announced) && field(announced, "role") === own) throw new LocalError(sameRole(own), "wrong-role");
}
