/**
 * Candidates: possible connections to the peer, as the race sees them. A candidate holds everything that the race and
 * its driver need. So a new type of hint is added here and in `usable.ts`, without a change of the race.
 */
import type { Connection, StreamNetwork } from "../../net/connection.ts";
import { ownAddresses } from "../../net/own-addresses.ts";
import { hostAndPort } from "../../net/socket-address.ts";
import type { Endpoint } from "../hints.ts";
import { mayConnect, type Ways } from "./usable.ts";

/**
 * When a candidate starts, and when it is chosen. A `fallback` starts later than a `preferred` candidate, and is chosen
 * only if no preferred one can still succeed within a moment.
 */
export type Rank = "preferred" | "fallback";

interface CandidateFacts {
  /** The number by which the race and its driver name the candidate. */
  readonly id: number;
  /** A description of the connection for people: `->tcp:HOST:PORT`, `->relay:tcp:HOST:PORT` or `<-HOST:PORT`. */
  readonly description: string;
  readonly rank: Rank;
  /** Whether the connection leads to a relay, which must first be asked to connect the peer. */
  readonly relayed: boolean;
}

/** A candidate that this side dials. Candidates with the same description are the same. */
export interface OutboundCandidate extends CandidateFacts {
  readonly inbound: false;
  readonly endpoint: Endpoint;
  /** Whether this side's application has named the endpoint, and not the peer. */
  readonly isOurs: boolean;
}

/** A connection that was accepted: from the peer, or from a stranger. */
export interface InboundCandidate extends CandidateFacts {
  readonly inbound: true;
}

/** A possible connection to the peer. */
export type Candidate = OutboundCandidate | InboundCandidate;

/** Makes the candidates for all endpoints that the peer has named. `nextId` numbers them. */
export function outboundCandidates({ direct, relays }: Ways, nextId: () => number): OutboundCandidate[] {
  return [
    ...direct.map((endpoint) => directCandidate(nextId(), endpoint)),
    ...relays.map((endpoint) => relayCandidate(nextId(), endpoint)),
  ];
}

/** Makes the candidates for this side's own relays. */
export function ownCandidates(relays: readonly Endpoint[], nextId: () => number): OutboundCandidate[] {
  return relays.map((endpoint) => ({ ...relayCandidate(nextId(), endpoint), isOurs: true }));
}

/** A candidate that leads straight to the peer. */
export function directCandidate(id: number, endpoint: Endpoint): OutboundCandidate {
  const description = `->${tcpAddress(endpoint)}`;
  return { id, inbound: false, endpoint, isOurs: false, description, rank: "preferred", relayed: false };
}

/** A candidate that leads through a relay. */
export function relayCandidate(id: number, endpoint: Endpoint): OutboundCandidate {
  const description = `->relay:${tcpAddress(endpoint)}`;
  return { id, inbound: false, endpoint, isOurs: false, description, rank: "fallback", relayed: true };
}

/** A candidate for an accepted connection; `from` is its far end. */
export function inboundCandidate(id: number, from: string): InboundCandidate {
  return { id, inbound: true, description: `<-${from}`, rank: "preferred", relayed: false };
}

/**
 * Opens the connection of a candidate. If the peer has named it, its host may not lead to an address that no honest peer
 * has. Rejects as {@link StreamNetwork.dial} does.
 */
export function dial(
  { endpoint, isOurs }: OutboundCandidate,
  network: StreamNetwork,
  { signal }: { signal: AbortSignal },
): Promise<Connection> {
  const permits = isOurs ? undefined : (address: string) => mayConnect(address, ownAddresses(network));
  return network.dial(endpoint.host, endpoint.port, { signal, permits });
}

/** How an attempt to connect is called in an error: `the relay HOST:PORT` or `HOST:PORT`. */
export function wayInWords({ endpoint, relayed }: OutboundCandidate): string {
  const address = hostAndPort(endpoint.host, endpoint.port);
  return relayed ? `the relay ${address}` : address;
}

/** An endpoint as people write it, with IPv6 in brackets. */
export function tcpAddress({ host, port }: Endpoint): string {
  return host.includes(":") ? `tcp:[${host}]:${port}` : `tcp:${host}:${port}`;
}
