/** The Magic Wormhole transit relay as a library. */
export type { Clock, Timer } from "./clock.ts";
export { ListenError, type ListenFailure } from "./errors.ts";
export type { Address } from "./listening.ts";
export { startTransitRelay, type TransitRelay, type TransitRelayOptions } from "./relay.ts";
export type { RelayStatus } from "./switchboard.ts";
