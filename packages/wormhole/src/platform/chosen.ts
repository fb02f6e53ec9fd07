import { platform as ownPlatform } from "#platform";
import type { Tor } from "../api.ts";
import type { Platform } from "./platform.ts";

/** Options that choose parts of the platform. */
export interface PlatformOptions {
  readonly platform?: Partial<Platform> | undefined;
  readonly tor?: Tor | undefined;
}

/** This machine's platform, with parts replaced. With Tor, no other connections are left: whatever else was given. */
export function chosenPlatform({ platform, tor }: PlatformOptions): Platform {
  return { ...ownPlatform, ...platform, ...tor?.streams() };
}
