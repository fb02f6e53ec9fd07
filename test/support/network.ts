/** The network namespace that `run.ts` makes for the tests: a cable with one address that can be taken away. */
import { spawnSync } from "node:child_process";

/** The environment variable by which the tests know that they are inside. */
export const OWN_NETWORK = "WORMHOLE_OWN_NETWORK";
export const ownNetwork = process.env[OWN_NETWORK] === "1";

const CABLE = "cable0";
const ADDRESS = "10.99.0.1/24";

/** The Go program's relay cannot be chosen: this name and port are built in. */
export const GO_RELAY = { host: "transit.magic-wormhole.io", port: 4001 } as const;

/** Shell commands that make the network, to be run inside the new namespaces. */
export const makeNetwork = [
  "ip link set lo up",
  `ip link add ${CABLE} type veth peer name cable1`,
  `ip link set ${CABLE} up`,
  "ip link set cable1 up",
  `ip addr add ${ADDRESS} dev ${CABLE}`,
];

/** Gives this machine its address, or takes it away: then no program has a direct hint to offer. */
export function setAddress(there: boolean): void {
  if (!ownNetwork) return;
  const listed = spawnSync("ip", ["-4", "addr", "show", "dev", CABLE], { encoding: "utf8" }).stdout.includes(ADDRESS);
  if (listed !== there) spawnSync("ip", ["addr", there ? "add" : "del", ADDRESS, "dev", CABLE]);
}
