/** The public face of the library: everything that works the same on every platform. */
export type {
  CodeInput,
  DelegatedWormhole,
  Welcome,
  Wormhole,
  WormholeControls,
  WormholeDelegate,
  WormholeOptions,
  WormholeStatus,
} from "./api.ts";
export * from "./errors.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { createWormhole } from "./wormhole.ts";
