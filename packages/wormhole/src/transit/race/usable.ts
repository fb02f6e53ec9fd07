import type { StreamNetwork } from "../../net/connection.ts";
import type { Endpoint, Hints } from "../hints.ts";
import { isPublic, worthDialling } from "./candidates.ts";

/** What of the other side's hints this machine can dial. */
export function usable(
  { direct, tor, relays }: Hints,
  network: StreamNetwork | undefined,
): { direct: Endpoint[]; relays: Endpoint[] } {
  const ours = network?.addresses() ?? [];
  const good = (endpoint: Endpoint) => worthDialling(endpoint, ours) && (!network?.isTor || isPublic(endpoint.host));
  const reachable = network?.isTor ? [...direct, ...tor] : direct;
  return { direct: reachable.filter(good), relays: relays.flatMap(({ endpoints }) => endpoints).filter(good) };
}
