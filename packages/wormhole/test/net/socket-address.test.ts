/** Addresses of local services: how they are read and shown. */
import { describe, expect, it } from "vitest";
import { parseSocketAddress, socketAddressText, withoutMapping } from "../../src/net/socket-address.ts";

describe("a socket address", () => {
  it.each([
    ["tcp:127.0.0.1:9051", { host: "127.0.0.1", port: 9051 }, "127.0.0.1:9051"],
    ["localhost:1", { host: "localhost", port: 1 }, "localhost:1"],
    ["9051", { host: "127.0.0.1", port: 9051 }, "127.0.0.1:9051"],
    ["tcp:[::1]:65535", { host: "::1", port: 65535 }, "[::1]:65535"],
    ["unix:/run/tor/control", { path: "/run/tor/control" }, "unix:/run/tor/control"],
    ["/run/tor/control", { path: "/run/tor/control" }, "unix:/run/tor/control"],
  ])("%s is read and shown", (text, address, shown) => {
    expect(parseSocketAddress(text)).toEqual(address);
    expect(socketAddressText(address)).toBe(shown);
  });

  it.each(["", "tcp:", "host", "host:0", "host:65536", "a b:1", "::1:80", "unix:relative", "udp:host:1"])(
    "%j is not valid",
    (text) => {
      expect(parseSocketAddress(text)).toBeUndefined();
    },
  );
});

it("an IPv4 address of a dual-stack socket is shown as IPv4, and an IPv6 address unchanged", () => {
  expect(["::ffff:192.0.2.1", "192.0.2.1", "2001:db8::1", "::ffff:c000:201"].map(withoutMapping)).toEqual([
    "192.0.2.1",
    "192.0.2.1",
    "2001:db8::1",
    "::ffff:c000:201",
  ]);
});
