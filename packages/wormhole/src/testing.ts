/** Stand-ins for the world outside, for tests of programs that are built on wormholes: no sockets, no waiting. */
export { MemoryMailboxServer } from "./testing/mailbox.ts";
export { MemoryNetwork } from "./testing/network.ts";
export { startMemoryRelay } from "./testing/relay.ts";
export { VirtualClock } from "./testing/virtual-clock.ts";
