/**
 * Hints from a peer that means harm: where they lead, whatever they are called, and how often they are followed. A new case
 * is a row.
 */
import dns from "node:dns";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { tcp } from "../../packages/wormhole/src/net/tcp.node.ts";
import { decodeHints, type Endpoint } from "../../packages/wormhole/src/transit/hints.ts";
import { dial, directCandidate } from "../../packages/wormhole/src/transit/race/candidates.ts";
import { mayConnect, usable } from "../../packages/wormhole/src/transit/race/usable.ts";
import { server } from "../../packages/wormhole/test/transit/loopback.ts";

vi.mock("node:os", async (original) => {
  const os = await original<typeof import("node:os")>();
  return { ...os, networkInterfaces: vi.fn(os.networkInterfaces) };
});

const network = { addresses: () => ["192.168.7.2", "2001:db8:7::2"], dial: () => Promise.reject(new Error("unused")) };

/** Hosts that no honest peer names, in every spelling. */
const REFUSED = [
  // The addresses of services that trust every client of a hosted machine.
  "169.254.169.254",
  "2852039166",
  "0xa9fea9fe",
  "0xA9FEA9FE",
  "025177524776",
  "0251.0376.0251.0376",
  "0xa9.0xfe.0xa9.0xfe",
  "169.254.43518",
  "169.16689662",
  "169.254.169.254.",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "0:0:0:0:0:ffff:a9fe:a9fe",
  "0000:0000:0000:0000:0000:ffff:a9fe:a9fe",
  "::169.254.169.254",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b::169.254.169.254",
  "2002:a9fe:a9fe::1",
  "fe80::1",
  "FE80:0000:0000:0000:0000:0000:0000:0001",
  "febf::1",
  // Nowhere.
  "0",
  "0x0",
  "00",
  "0.0.0.0",
  "0.1.2.3",
  "::",
  "0:0:0:0:0:0:0:0",
  "0000:0000:0000:0000:0000:0000:0000:0000",
  "::0.0.0.0",
  "::ffff:0:0",
  // Many at once.
  "224.0.0.1",
  "239.255.255.250",
  "0xefFFfffa",
  "255.255.255.255",
  "240.0.0.1",
  "ff02::1",
  "FF05:0:0:0:0:0:0:2",
  "::ffff:224.0.0.1",
  // No addresses and no names.
  "",
  "1.2.3",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "12345",
  "1:2:3",
  ":::1",
  "1::2::3",
  "fe80::1%eth0",
  "a b",
  "x\r\nGET /",
  "x/../y",
  "x".repeat(254),
];

/** Hosts that honest peers name. */
const ACCEPTED = [
  "192.168.1.8",
  "10.0.0.1",
  "172.16.0.1",
  "127.0.0.1",
  "100.64.0.1",
  "9.9.9.9",
  "::1",
  "fd00::1",
  "2001:db8::1",
  "2001:DB8:0:0:0:0:0:1",
  "2002:c000:204::1",
  "relay.example",
  "xn--bcher-kva.example",
  "host-7",
  "7-eleven",
  "1.example",
];

const direct = (hostname: string, port = 80) => ({ type: "direct-tcp-v1", hostname, port, priority: 0 });
const relay = (hostname: string, port = 80) => ({ type: "relay-v1", hints: [direct(hostname, port)] });

describe("a hint", () => {
  // proves: transit/no-dishonest-addresses
  it.each(REFUSED)("to %j is not followed, as a peer or as a relay", (host) => {
    expect(usable(decodeHints([direct(host), relay(host)]), network)).toEqual({ direct: [], relays: [] });
  });

  it.each(ACCEPTED)("to %j is followed", (host) => {
    const { direct: peers, relays } = usable(decodeHints([direct(host), relay(host)]), network);
    expect([...peers, ...relays].map((endpoint) => endpoint.host)).toEqual([host, host]);
  });

  it("to a link-local address is followed by a machine that has one", () => {
    const ours = { ...network, addresses: () => ["169.254.7.7"] };
    expect(usable(decodeHints([direct("169.254.9.9"), direct("0251.0376.1.1")]), ours).direct).toHaveLength(1);
  });
});

/** What the resolver answers, and whether this machine connects. */
const RESOLVED: readonly (readonly [addresses: readonly string[], isDialled: boolean])[] = [
  [["127.0.0.1"], true],
  [["169.254.169.254"], false],
  [["::ffff:169.254.169.254"], false],
  [["fe80::1%eth0"], false],
  [["0.0.0.0"], false],
  [["::"], false],
  [["224.0.0.1"], false],
  [["169.254.169.254", "0.0.0.0"], false],
  [["169.254.169.254", "127.0.0.1"], true],
];

describe("a host name", () => {
  afterEach(() => vi.restoreAllMocks());

  // proves: transit/no-dishonest-addresses
  it.each(RESOLVED)("that is resolved to %j leads to a connection: %s", async (addresses, isDialled) => {
    const port = await server((socket) => socket.end());
    vi.spyOn(dns, "lookup").mockImplementation(((
      _: string,
      __: unknown,
      answer: (error: null, all: object[]) => void,
    ) => {
      const all = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
      setImmediate(() => answer(null, all));
    }) as never);
    const candidate = directCandidate(1, { host: "peer.example", port, priority: 0 });
    const dialling = dial(candidate, tcp, { signal: AbortSignal.timeout(5000) });
    if (isDialled) (await dialling).destroy();
    else await expect(dialling).rejects.toThrow("such addresses are not used");
  });

  it.each(["127.0.0.1", "localhost"])("%s of this side's own relay is always used", async (host) => {
    const port = await server((socket) => socket.end());
    const candidate = { ...directCandidate(1, { host, port, priority: 0 }), isOurs: true };
    (await dial(candidate, tcp, { signal: AbortSignal.timeout(5000) })).destroy();
  });
});

describe("many hints", () => {
  const host = (n: number) => `10.${n >> 8}.${n & 255}.1`;
  const many = (count: number) => Array.from({ length: count }, (_, n) => direct(host(n)));
  const last: Endpoint = { host: "192.168.7.9", port: 80, priority: 0 };

  it.each([20, 30, 100, 199])("after %i others, a neighbour's and a relay's are followed", (count) => {
    const ways = usable(decodeHints([...many(count), direct(last.host), relay("relay.example")]), network);
    expect(ways.direct).toContainEqual(last);
    expect(ways.direct.length).toBeLessThanOrEqual(20);
    expect(ways.relays).toHaveLength(1);
  });

  it("of a hundred thousand are read in a moment", () => {
    const begun = performance.now();
    expect(usable(decodeHints(many(100_000)), network).direct).toHaveLength(20);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

it("where the system does not tell the addresses of this machine, hints are followed as before", () => {
  vi.mocked(networkInterfaces).mockImplementation(() => {
    throw new Error("uv_interface_addresses returned Unknown system error 13");
  });
  expect(usable(decodeHints([direct("192.168.1.8"), direct("169.254.169.254")]), tcp).direct).toHaveLength(1);
  expect(mayConnect("192.168.1.8", [])).toBe(true);
});
