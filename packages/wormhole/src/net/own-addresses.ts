/** The addresses of this machine, where the system tells them. */
import type { StreamNetwork } from "./connection.ts";

/**
 * Returns the addresses at which other machines may reach this one; none if the system does not tell them. Android and
 * sandboxes refuse the question. Such a machine can still dial and use relays.
 */
export function ownAddresses(network: StreamNetwork | undefined): string[] {
  try {
    return network?.addresses() ?? [];
  } catch {
    return [];
  }
}

/** One address of a network interface, as Node describes it. */
export interface InterfaceAddress {
  readonly address: string;
  readonly family: string;
  readonly internal: boolean;
}

/** Interfaces of containers and virtual machines. Their addresses are known on this machine only. */
const VIRTUAL =
  /^(?:docker|br-|veth|virbr|vmnet|vboxnet|lxc|lxd|incus|cni|flannel|cali|podman|vEthernet|VirtualBox|VMware|bridge\d|awdl|llw|anpi)/i;

/**
 * Returns the addresses of this machine for its peer, the most useful first: IPv4 before IPv6; the first address of each
 * interface, then the second of each; those of virtual interfaces last. Loopback addresses are returned only if there are no
 * others. Link-local IPv6 addresses are left out: they are meaningful only together with the name of an interface
 * (`scopeid`, https://nodejs.org/api/os.html#osnetworkinterfaces), which differs on the peer's machine.
 */
export function mostUsefulFirst(
  interfaces: Readonly<Record<string, readonly InterfaceAddress[] | undefined>>,
): string[] {
  const all = Object.entries(interfaces).flatMap(([name, addresses = []]) => placed(VIRTUAL.test(name), addresses));
  const outer = all.filter(({ internal }) => !internal);
  const sorted = (outer.length > 0 ? outer : all).sort(
    (a, b) => Number(a.isVirtual) - Number(b.isVirtual) || a.family.localeCompare(b.family) || a.place - b.place,
  );
  return [...new Set(sorted.map(({ address }) => address))];
}

/** Adds to each address its place among those of its family on its interface. */
function placed(isVirtual: boolean, addresses: readonly InterfaceAddress[]) {
  const counts = new Map<string, number>();
  const usable = addresses.filter(({ address }) => !/^fe[89ab]/i.test(address));
  return usable.map(({ address, family, internal }) => {
    const place = counts.get(family) ?? 0;
    counts.set(family, place + 1);
    return { address, family, internal, isVirtual, place };
  });
}
