/** Opening a port. */
import { createServer } from "node:net";
import { expect, it } from "vitest";
import { hostAndPort, ListenError, openPort } from "../src/listen.ts";

it("port 0 resolves with the port that the system has chosen", async () => {
  const server = createServer();
  expect(await openPort(server, { host: "127.0.0.1", port: 0 })).toBeGreaterThan(0);
  server.close();
});

it("a failure rejects, and leaves no listener on the server", async () => {
  const first = createServer();
  const port = await openPort(first, { host: "127.0.0.1", port: 0 });
  const second = createServer();
  await expect(openPort(second, { host: "127.0.0.1", port })).rejects.toMatchObject({
    name: "ListenError",
    code: "port-taken",
  });
  expect(second.listenerCount("error")).toBe(0);
  first.close();
});

it.each([
  ["EADDRINUSE", "port-taken", "another program uses this port"],
  ["EACCES", "forbidden", "this user is not permitted to use this port"],
  ["ENOTFOUND", "unknown-host", "the host name is unknown"],
  ["EAI_AGAIN", "unknown-host", "the host name is unknown"],
  ["EADDRNOTAVAIL", "no-such-address", "this machine does not have this address"],
  ["EMFILE", "other", "too many open files"],
])("%s is the failure %s, with one sentence for the operator", (systemCode, code, reason) => {
  const cause = Object.assign(new Error("too many open files"), { code: systemCode });
  const error = new ListenError({ host: "::1", port: 4000 }, cause);
  expect(error).toMatchObject({ code, cause, message: `Cannot listen on [::1]:4000: ${reason}.` });
});

it("an IPv6 address stands in brackets", () => {
  expect(hostAndPort({ host: "::1", port: 4000 })).toBe("[::1]:4000");
  expect(hostAndPort({ host: "localhost", port: 4000 })).toBe("localhost:4000");
});
