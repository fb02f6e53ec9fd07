import { platform as ownPlatform } from "#platform";
import type { Platform } from "./platform.ts";
import type { Tor } from "./tor.ts";

/** Options that choose parts of the platform. */
export interface PlatformOptions {
  readonly platform?: Partial<Platform> | undefined;
  readonly tor?: Tor | undefined;
}

/**
 * This machine's platform, with parts replaced. With Tor, no other connections are left, whatever else was given.
 * @throws {TypeError} if `tor` is given, and none: to go on without it would betray who asked for it
 */
export function chosenPlatform({ platform, tor }: PlatformOptions): Platform {
  if (tor !== undefined && typeof tor?.streams !== "function")
    throw new TypeError("tor must be a Tor, such as getTor gives");
  return { ...ownPlatform, ...platform, ...tor?.streams() };
}
