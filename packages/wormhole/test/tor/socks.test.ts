/** Connections through a SOCKS proxy, and the client's half of SOCKS 5. */
import dns from "node:dns";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { Connection } from "../../src/net/connection.ts";
import { greets, socksNetwork } from "../../src/net/socks.node.ts";
import { type SocksEffect, type SocksState, socks } from "../../src/net/socks.ts";
import { tcp } from "../../src/net/tcp.node.ts";
import { noise, server, text, words } from "../transit/loopback.ts";
import { SocksServer, type SocksServerOptions } from "./socks-server.ts";

const signal = new AbortController().signal;
const account = { user: "me", password: "secret" };

async function proxy(options: SocksServerOptions = {}): Promise<SocksServer> {
  const started = await SocksServer.start(options);
  onTestFinished(() => started.close());
  return started;
}

async function dial(through: SocksServer, host: string, port: number): Promise<Connection> {
  const place = { host: "127.0.0.1", port: through.port };
  const connection = await socksNetwork(place, account).dial(host, port, { signal });
  onTestFinished(() => connection.destroy());
  return connection;
}

/** Resolves to everything that arrives until the end. */
function gather(connection: Connection): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve) => {
    connection.receive({
      chunk: (bytes) => void chunks.push(bytes.slice()),
      ended: () => resolve(Buffer.concat(chunks)),
    });
  });
}

/** Resolves to the next `length` bytes, at least. */
function take(connection: Connection, length: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve, reject) => {
    const chunk = (bytes: Uint8Array) => {
      chunks.push(bytes.slice());
      const all = Buffer.concat(chunks);
      if (all.length >= length) resolve(all);
    };
    connection.receive({ chunk, ended: (error) => reject(error ?? new Error("it ended")) });
  });
}

/** Starts a server that sends everything back. */
const echo = () => server((socket) => void socket.pipe(socket));

/** Starts a proxy whose far end sends something and closes before the client learns that it is connected. */
async function hasty(said: string): Promise<{ host: string; port: number }> {
  const grant = Buffer.concat([Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0), Buffer.from(said)]);
  const port = await server((socket) => {
    socket.once("data", () => {
      socket.write(Uint8Array.of(5, 0));
      socket.once("data", () => socket.end(grant));
    });
  });
  return { host: "127.0.0.1", port };
}

afterEach(() => void vi.restoreAllMocks());

describe("a connection through a proxy", () => {
  it.each([
    ["mailbox.test", "name mailbox.test"],
    ["xn--bcher-kva.test", "name xn--bcher-kva.test"],
    ["256.1.1.1", "name 256.1.1.1"],
    ["127.0.0.1", "ipv4 127.0.0.1"],
    ["::1", "ipv6 0:0:0:0:0:0:0:1"],
    ["2001:db8::12:3", "ipv6 2001:db8:0:0:0:0:12:3"],
    ["::ffff:192.0.2.1", "ipv6 0:0:0:0:0:ffff:c000:201"],
    ["1:2:3:4:5:6:7:8", "ipv6 1:2:3:4:5:6:7:8"],
  ])("to %s is requested as %s", async (host, asked) => {
    const through = await proxy({ refusal: 2 });
    await expect(dial(through, host, 4567)).rejects.toThrow();
    expect(through.destinations).toEqual([`${asked}:4567`]);
  });

  // proves: transit/names-not-resolved
  it("looks up no name on this machine", async () => {
    const lookup = vi.spyOn(dns, "lookup");
    const port = await echo();
    const through = await proxy({ names: { "echo.test": "127.0.0.1" } });
    const connection = await dial(through, "echo.test", port);
    expect(connection.description).toBe(`echo.test:${port}`);
    const names = () => lookup.mock.calls.map(([host]) => host).filter((host) => host !== "127.0.0.1");
    expect(names()).toEqual([]);
    (await tcp.dial("localhost", through.port, { signal })).destroy();
    expect(names()).toEqual(["localhost"]);
  });

  it.each([
    ["with an account", {}, "me:secret"],
    ["without an account, if the proxy accepts none", { open: true }, ""],
    ["when the proxy's answers come byte by byte", { slow: true }, "me:secret"],
  ])("carries everything, %s", async (_, options, said) => {
    const port = await echo();
    const through = await proxy(options);
    const connection = await dial(through, "127.0.0.1", port);
    const data = noise(3_000_000);
    const returned = take(connection, data.length);
    connection.write(data.slice());
    expect(Buffer.compare(await returned, data)).toBe(0);
    expect([...through.accounts]).toEqual([said]);
  });

  it("brings data that arrives together with the proxy's last answer", async () => {
    const together = await socksNetwork(await hasty("early"), account).dial("a.test", 1, { signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(words(await gather(together))).toBe("early");
    const port = await server((socket) => void socket.end("early, and the end"));
    const real = await dial(await proxy(), "127.0.0.1", port);
    expect(words(await gather(real))).toBe("early, and the end");
  });

  it("holds early data while it is paused", async () => {
    const connection = await socksNetwork(await hasty("early"), account).dial("a.test", 1, { signal });
    let heard = "";
    let ended = false;
    connection.receive({
      chunk: (bytes) => {
        heard += words(bytes);
      },
      ended: () => {
        ended = true;
      },
    });
    connection.pause();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([heard, ended]).toEqual(["", false]);
    connection.resume();
    await vi.waitUntil(() => ended);
    expect(heard).toBe("early");
  });

  it.each([
    [1, "EPROXY"],
    [2, "EPROXY"],
    [3, "ENETUNREACH"],
    [4, "EPROXY"],
    [5, "ECONNREFUSED"],
    [6, "ETIMEDOUT"],
    [8, "EPROXY"],
    [240, "EPROXY"],
  ])("fails with answer %i as %s", async (refusal, code) => {
    await expect(dial(await proxy({ refusal }), "a.test", 1)).rejects.toMatchObject({ name: "Error", code });
  });

  it("fails with an error that names the proxy if the proxy goes away", async () => {
    const through = await SocksServer.start();
    const { port } = through;
    await through.close();
    const dialled = socksNetwork({ host: "127.0.0.1", port }, account).dial("a.test", 1, { signal });
    await expect(dialled).rejects.toMatchObject({ code: "EPROXY", message: expect.stringContaining(String(port)) });
  });

  it("can be aborted while the proxy is slow", async () => {
    const closed = Promise.withResolvers<void>();
    const silent = await server((socket) => {
      socket.resume();
      socket.once("close", () => closed.resolve());
    });
    const abandon = new AbortController();
    const dialled = socksNetwork({ host: "127.0.0.1", port: silent }, account).dial("a.test", 1, abandon);
    setTimeout(() => abandon.abort(new Error("enough")), 20);
    await expect(dialled).rejects.toThrow("enough");
    await closed.promise;
  });

  it("fails if the server is not a proxy, or the address is invalid", async () => {
    const web = await server(
      (socket) => void socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const place = { host: "127.0.0.1", port: web };
    await expect(socksNetwork(place, account).dial("a.test", 1, { signal })).rejects.toThrow("no SOCKS proxy");
    await expect(dial(await proxy(), "1:2", 1)).rejects.toThrow("no proxy takes such an address");
    await expect(dial(await proxy(), "a".repeat(256), 1)).rejects.toThrow("no proxy takes such an address");
  });
});

describe("a greeting", () => {
  it.each([[{}], [{ open: true }], [{ slow: true }]])(
    "recognises a proxy %o, and requests nothing",
    async (options) => {
      const through = await proxy(options);
      expect(await greets({ host: "127.0.0.1", port: through.port }, { signal })).toBe(true);
      expect(through.asked).toEqual([]);
    },
  );

  it("recognises a server that is not a proxy", async () => {
    const web = await server((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await greets({ host: "127.0.0.1", port: web }, { signal })).toBe(false);
    const wall = await server((socket) => void socket.once("data", () => socket.end(Uint8Array.of(5, 255))));
    expect(await greets({ host: "127.0.0.1", port: wall }, { signal })).toBe(false);
  });
});

describe("the client's half of SOCKS 5", () => {
  /** Feeds the machine everything at once or in pieces, and returns the last effects. */
  function talk(answers: Uint8Array[], piece: number): SocksEffect[] {
    let state: SocksState = { at: "closed", request: { account, host: "a.test", port: 513 } };
    const all: SocksEffect[] = [];
    const take = (step: ReturnType<typeof socks.step>) => {
      if (step === "unexpected") throw new Error("unexpected");
      const [next, ...effects] = step;
      state = next;
      all.push(...effects);
    };
    take(socks.step(state, { on: "open" }));
    for (const answer of answers) {
      for (let at = 0; at < answer.length; at += piece) {
        take(socks.step(state, { on: "bytes", bytes: answer.subarray(at, at + piece) }));
      }
    }
    return all;
  }

  const granted = Uint8Array.of(5, 0, 0, 3, 2, 97, 98, 1, 2);

  it.each([1, 100])("follows RFC 1928 and RFC 1929 when answers come %i bytes at a time", (piece) => {
    const said = talk([Uint8Array.of(5, 2), Uint8Array.of(1, 0), granted], piece);
    expect(said).toEqual([
      { do: "write", bytes: Uint8Array.of(5, 2, 2, 0) },
      { do: "write", bytes: Uint8Array.of(1, 2, ...text("me"), 6, ...text("secret")) },
      { do: "write", bytes: Uint8Array.of(5, 1, 0, 3, 6, ...text("a.test"), 2, 1) },
      { do: "connected", rest: new Uint8Array(0) },
    ]);
  });

  it("does not treat early bytes as data of the connection", () => {
    expect(talk([Uint8Array.of(5, 2, 1, 0)], 100).at(-1)).toMatchObject({ do: "refused" });
    expect(talk([Uint8Array.of(5, 2), Uint8Array.of(1, 0, 5)], 100).at(-1)).toMatchObject({ do: "refused" });
    expect(talk([Uint8Array.of(5, 2), Uint8Array.of(1, 1)], 100).at(-1)).toMatchObject({ do: "refused" });
    expect(talk([Uint8Array.of(5, 255)], 100).at(-1)).toMatchObject({ do: "refused" });
    expect(talk([Uint8Array.of(4, 90)], 100).at(-1)).toMatchObject({ do: "refused" });
  });
});

it("a proxy accepts no connections", () => {
  const network = socksNetwork({ host: "127.0.0.1", port: 1 }, account);
  expect([network.isTor, "listen" in network, network.addresses()]).toEqual([true, false, []]);
});
