/** The platform that a wormhole or a transit uses: the runtime's own, with the parts that its options replace. */
import { platform as ownPlatform } from "#platform";
import type { Platform } from "./platform.ts";
import type { Tor } from "./tor.ts";

/** Options that replace parts of the platform. */
export interface PlatformOptions {
  readonly platform?: Partial<Platform> | undefined;
  readonly tor?: Tor | undefined;
}

/**
 * Returns the platform of this runtime with parts replaced. Tor replaces all connections, including those of `platform`.
 * @throws {TypeError} if `tor` is invalid, because a connection without Tor would expose the user
 */
export function chosenPlatform({ platform, tor }: PlatformOptions): Platform {
  if (tor !== undefined && typeof tor?.streams !== "function")
    throw new TypeError("tor must be a Tor, such as getTor gives");
  return { ...ownPlatform, ...platform, ...tor?.streams() };
}
