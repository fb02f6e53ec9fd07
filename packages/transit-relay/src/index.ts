/** The Magic Wormhole transit relay as a library. */
export type { Clock, Timer } from "../../internal/src/clock.ts";
export { type ListenAddress, ListenError, type ListenFailure } from "../../internal/src/listen.ts";
export type { StartError } from "../../internal/src/start-error.ts";
export { startTransitRelay, type TransitRelay, type TransitRelayOptions } from "./relay.ts";
export type { RelayStatus } from "./switchboard.ts";
