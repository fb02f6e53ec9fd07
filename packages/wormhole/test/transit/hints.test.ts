/** Hints: which ones are read, encoded and dialled; and the addresses of relays. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { abilities } from "../../src/base/abilities.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { TransitError } from "../../src/errors.ts";
import {
  decodeHints,
  encodeDirect,
  encodeRelay,
  MAX_HINTS,
  MAX_READ_HINTS,
  ownHints,
} from "../../src/transit/hints.ts";
import { tcpAddress } from "../../src/transit/race/candidates.ts";
import { usable, worthDialling } from "../../src/transit/race/usable.ts";
import { parseRelay } from "../../src/transit/relay-address.ts";
import { vectors } from "../vectors.ts";

interface Vectors {
  hint_parsing: { json: JsonObject; python_parse_hint: string }[];
  hint_argv: { argument: string; python_result: string }[];
  abilities_python_rust_go: JsonObject[];
}
const { hint_parsing, hint_argv, abilities_python_rust_go } = vectors<Vectors>("transit");

const endpoint = { host: "r", port: 4001, priority: 0 };
const direct = (fields: JsonObject) =>
  decodeHints([{ type: "direct-tcp-v1", hostname: "h", port: 1, ...fields }]).direct;

/** An endpoint as the Python program shows it: `DirectTCPV1Hint(hostname='h', port=1, priority=0.0)`. */
function fromPython(text: string) {
  return [...text.matchAll(/hostname='([^']*)', port=(\d+), priority=([\d.]+)/g)].map(([, host, port, priority]) => ({
    host,
    port: Number(port),
    priority: Number(priority),
  }));
}

describe("hints of the peer", () => {
  it.each(hint_parsing.map(({ json, python_parse_hint }) => [JSON.stringify(json), json, python_parse_hint] as const))(
    "%s is read as the Python program reads it",
    (_, json, python) => {
      const { direct, tor, relays } = decodeHints([json]);
      const read = [...direct, ...tor, ...relays];
      // In Python, `True` is a number. JavaScript cannot tell 1.0 from 1.
      if (json.port === true) expect(read).toEqual([]);
      else if (json.port === 1 && python === "None") expect(read).toEqual([{ host: "h", port: 1, priority: 0 }]);
      else expect(read).toEqual(fromPython(python));
      expect(relays.length > 0).toBe(python.startsWith("RelayV1Hint"));
      expect(tor.length).toBe(python.startsWith("TorTCPV1Hint") ? 1 : 0);
    },
  );

  it("inside a relay are read if they are TCP endpoints, and ignored otherwise", () => {
    const { host: hostname, port } = endpoint;
    const inner = [
      { type: "tor-tcp-v1", hostname: "a.onion", port },
      { type: "relay-v1", hints: [encodeDirect({ ...endpoint, host: "nested" })] },
      { type: "websocket", url: "ws://r:4002/" },
      { type: "websocket-v1", url: "wss://r/" },
      { hostname: "untyped", port },
      { type: "direct-tcp-v1", hostname, port },
    ];
    expect(decodeHints([{ type: "relay-v1", name: null, hints: inner }])).toEqual({
      direct: [],
      tor: [],
      relays: [endpoint],
    });
  });

  it("may lack a priority, or have an invalid one", () => {
    expect(direct({})).toEqual([{ host: "h", port: 1, priority: 0 }]);
    expect(direct({ priority: "high" })).toEqual([{ host: "h", port: 1, priority: 0 }]);
    expect(direct({ priority: Number.POSITIVE_INFINITY })).toEqual([{ host: "h", port: 1, priority: 0 }]);
  });

  it.each([-1, 65536, 1.5, "80", null, true])("with the port %s are ignored", (port) => {
    expect(direct({ port })).toEqual([]);
  });

  it("with a host name of a megabyte are ignored", () => {
    expect(direct({ hostname: "x".repeat(1e6) })).toEqual([]);
  });

  it("that are a relay without a list of hints are ignored", () => {
    for (const hints of [null, {}, "x", []]) expect(decodeHints([{ type: "relay-v1", hints }]).relays).toEqual([]);
    expect(decodeHints([{ type: "relay-v1" }]).relays).toEqual([]);
  });

  // proves: transit/hints-capped
  it(`are used up to ${MAX_HINTS} in one message, and three endpoints of each of five relays`, () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => encodeDirect({ ...endpoint, port: i + 1 }));
    const hints = decodeHints(many(10_000));
    expect(hints.direct).toHaveLength(MAX_READ_HINTS);
    expect(usable(hints, undefined).direct).toHaveLength(MAX_HINTS);
    expect(decodeHints([{ type: "relay-v1", hints: many(10) }]).relays).toHaveLength(3);
    const relays = Array.from({ length: 100 }, () => ({ type: "relay-v1", hints: many(10) }));
    expect(decodeHints(relays).relays).toHaveLength(15);
  });

  // proves: transit/relays-kept
  it("of a relay are used, however many other hints come before them", () => {
    const many = Array.from({ length: 300 }, (_, i) => encodeDirect({ ...endpoint, host: `10.0.${i % 256}.1` }));
    expect(usable(decodeHints([...many, encodeRelay(endpoint)]), undefined).relays).toEqual([endpoint]);
  });

  it.each([
    ["an address in a network of this machine", "192.168.7.9", "192.168.7.2"],
    ["an address near a network of this machine", "192.168.9.9", "192.168.7.2"],
    ["an IPv6 address in a network of this machine", "2001:db8:1:2::9", "2001:0db8:0001:0002::1"],
    ["a public address", "9.9.9.9", "192.168.7.2"],
    ["a host name", "peer.example", "192.168.7.2"],
  ])("are used first if they name %s", (_, useful, ours) => {
    const elsewhere = Array.from({ length: 60 }, (_, i) => encodeDirect({ ...endpoint, host: `10.0.${i}.1` }));
    const network = { addresses: () => [ours], dial: () => Promise.reject(new Error("unused")) };
    const { direct } = usable(decodeHints([...elsewhere, encodeDirect({ ...endpoint, host: useful })]), network);
    expect(direct[0]?.host).toBe(useful);
    expect(direct).toHaveLength(MAX_HINTS);
  });

  it("that name one endpoint many times do not displace another", () => {
    const same = Array.from({ length: 60 }, () => encodeDirect({ ...endpoint, host: "10.0.0.1" }));
    const other = encodeDirect({ ...endpoint, host: "10.9.0.1" });
    expect(usable(decodeHints([...same, other]), undefined).direct.map(({ host }) => host)).toEqual([
      "10.0.0.1",
      "10.9.0.1",
    ]);
  });

  // proves: transit/hints-never-throw
  it("never cause an exception, whatever they are", () => {
    const type = fc.constantFrom("direct-tcp-v1", "tor-tcp-v1", "relay-v1", "direct-udp-v9");
    const hint = fc.record(
      { type, hostname: fc.anything(), port: fc.anything(), priority: fc.anything(), hints: fc.anything() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.oneof(fc.anything(), hint))), (hints) => void decodeHints(hints)),
    );
  });

  // proves: transit/no-dishonest-addresses
  it("are not dialled if their address belongs to no honest peer", () => {
    const hosts = [
      "",
      "0.0.0.0",
      "::",
      "224.0.0.1",
      "255.255.255.255",
      "ff02::1",
      "::ffff:169.254.169.254",
      "a b",
      "x\r\n",
    ];
    for (const host of hosts) expect(worthDialling({ host, port: 80, priority: 0 }, []), host).toBe(false);
    expect(worthDialling({ host: "192.168.1.8", port: 0, priority: 0 }, [])).toBe(false);
    for (const host of ["192.168.1.8", "10.0.0.1", "127.0.0.1", "::1", "2001:db8::1", "fd00::1", "relay.example"]) {
      expect(worthDialling({ host, port: 80, priority: 0 }, []), host).toBe(true);
    }
  });

  // proves: transit/no-dishonest-addresses
  it("with link-local addresses are dialled only if this machine has such an address", () => {
    const metadata = { host: "169.254.169.254", port: 80, priority: 0 };
    expect(worthDialling(metadata, ["10.0.0.2"])).toBe(false);
    expect(worthDialling(metadata, ["169.254.7.7"])).toBe(true);
  });
});

describe("the hints and abilities of this side", () => {
  it("include both abilities, because the Rust program uses only announced ones", () => {
    expect(abilities()).toEqual(abilities_python_rust_go);
  });

  it("name the relay among the first twenty, and further addresses after it", () => {
    const hosts = Array.from({ length: 80 }, (_, i) => `10.0.${i}.1`);
    const hints = ownHints(hosts, 4000, [endpoint]);
    expect(hints.findIndex(({ type }) => type === "relay-v1")).toBe(MAX_HINTS - 1);
    expect(hints).toHaveLength(51);
    expect(ownHints(hosts.slice(0, 2), 4000, [endpoint]).map(({ type }) => type)).toEqual([
      "direct-tcp-v1",
      "direct-tcp-v1",
      "relay-v1",
    ]);
  });

  it("have every field that any program requires", () => {
    expect(encodeDirect(endpoint)).toEqual({ type: "direct-tcp-v1", hostname: "r", port: 4001, priority: 0 });
    expect(encodeRelay(endpoint)).toEqual({ type: "relay-v1", hints: [encodeDirect(endpoint)] });
  });

  it("are decoded unchanged", () => {
    expect(decodeHints([encodeDirect(endpoint), encodeRelay(endpoint)])).toEqual({
      direct: [endpoint],
      tor: [],
      relays: [endpoint],
    });
  });
});

describe("a relay as people write it", () => {
  it.each(hint_argv.map(({ argument, python_result }) => [argument, python_result] as const))(
    "%j is read as the Python program reads it",
    (argument, python) => {
      if (python === "None") expect(() => parseRelay(argument)).toThrow(TransitError);
      else expect([parseRelay(argument)]).toEqual(fromPython(python));
    },
  );

  it.each([
    "tcp::4001",
    "tcp:h:0",
    "tcp:h:65536",
    "tcp:h:-1",
    "tcp:h:1:priority=",
    "tcp:h: 80",
    "tcp:[::1:80",
    "tcp:h:",
  ])("%j is refused with an explanation", (text) => {
    expect(() => parseRelay(text)).toThrow(/is not a relay: .+\. Write it as tcp:HOST:PORT\.$/);
  });

  it("is shown with IPv6 in brackets", () => {
    expect(tcpAddress(parseRelay("tcp:[2001:db8::1]:4001"))).toBe("tcp:[2001:db8::1]:4001");
  });
});
