/**
 * Stand-ins for the mailbox server, the network and the time, for tests of programs that are built on wormholes. Such
 * tests need no sockets and wait for nothing.
 */
export { type ConnectedWormholes, connectedWormholes } from "./testing/connected.ts";
export { type MemoryClient, MemoryMailboxServer, type MemoryMailboxServerOptions } from "./testing/mailbox.ts";
export { MemoryNetwork, type MemoryNetworkOptions, type Passage } from "./testing/network.ts";
export { type MemoryRelayOptions, startMemoryRelay } from "./testing/relay.ts";
export { VirtualClock } from "./testing/virtual-clock.ts";
