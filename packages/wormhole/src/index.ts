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
export { CheckpointJournal, type Journal } from "./journal.ts";
export type { JsonObject, JsonValue } from "./json.ts";
export { type Printable, type PrintableOptions, printable } from "./printable.ts";
export { isCodeWord, ZERO_CODE } from "./session/code-words.ts";
export type { SerializedWormhole } from "./session/serialize.ts";
export { type TimedEvent, Timing } from "./timing.ts";
export { createWormhole, restoreWormhole } from "./wormhole.ts";
