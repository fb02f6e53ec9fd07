/** The entry `/testing`: servers, a network and a clock in memory, so that tests need neither sockets nor waiting. */
export { MemoryMailboxServer } from "./testing/mailbox.ts";
export { MemoryNetwork } from "./testing/network.ts";
export { startMemoryRelay } from "./testing/relay.ts";
export { VirtualClock } from "./testing/virtual-clock.ts";
