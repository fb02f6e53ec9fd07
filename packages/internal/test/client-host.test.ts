/** The address that is printed for clients. */
import type { NetworkInterfaceInfo } from "node:os";
import { expect, it } from "vitest";
import { clientHost } from "../src/client-host.ts";

const at = (address: string, internal = false) => ({ address, internal }) as NetworkInterfaceInfo;
const LOOPBACK = [at("127.0.0.1", true), at("::1", true)];

it.each([
  ["127.0.0.1", [at("192.0.2.1")], "127.0.0.1"],
  ["wormhole.example", [at("192.0.2.1")], "wormhole.example"],
  ["0.0.0.0", [...LOOPBACK, at("192.0.2.1"), at("198.51.100.1")], "192.0.2.1"],
  ["0.0.0.0", [...LOOPBACK, at("169.254.1.1"), at("192.0.2.1")], "192.0.2.1"],
  ["::", [...LOOPBACK, at("fe80::1"), at("2001:db8::1"), at("192.0.2.1")], "192.0.2.1"],
  ["::", [...LOOPBACK, at("fe80::1"), at("2001:db8::1")], "2001:db8::1"],
  ["0.0.0.0", LOOPBACK, "127.0.0.1"],
  ["::", LOOPBACK, "::1"],
  ["::", [], "::1"],
])("a server on %j of a machine with %j is reached at %s", (host, addresses, expected) => {
  expect(clientHost(host, addresses)).toBe(expected);
});

it("the real machine has an address that is no wildcard", () => {
  expect(clientHost("0.0.0.0")).toMatch(/^\d+\.\d+\.\d+\.[1-9]\d*$|:/);
});
