/** The network namespace that `test/interop/run.ts` makes for the tests. It has one address, which can be removed. */
import { spawnSync } from "node:child_process";

/** The environment variable that marks a process inside the namespace. */
export const OWN_NETWORK = "WORMHOLE_OWN_NETWORK";
/** Whether this process runs inside the namespace. */
export const ownNetwork = process.env[OWN_NETWORK] === "1";

const CABLE = "cable0";
const ADDRESS = "10.99.0.1/24";

/** The relay of the Go program, whose name and port are built in. */
export const GO_RELAY = { host: "transit.magic-wormhole.io", port: 4001 } as const;

/** Shell commands that make the network inside the new namespace. */
export const makeNetwork = [
  "ip link set lo up",
  `ip link add ${CABLE} type veth peer name cable1`,
  `ip link set ${CABLE} up`,
  "ip link set cable1 up",
  `ip addr add ${ADDRESS} dev ${CABLE}`,
];

/**
 * Adds or removes the address. Without it, no program has a direct hint to offer. Does nothing outside the namespace.
 */
export function setAddress(present: boolean): void {
  if (!ownNetwork) return;
  const listed = spawnSync("ip", ["-4", "addr", "show", "dev", CABLE], { encoding: "utf8" }).stdout.includes(ADDRESS);
  if (listed !== present) spawnSync("ip", ["addr", present ? "add" : "del", ADDRESS, "dev", CABLE]);
}
