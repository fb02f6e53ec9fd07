/** Connections to the mailbox server through Tor. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { ServerConnectionError } from "../../src/errors.ts";
import type { SocketEnd } from "../../src/net/message-socket.ts";
import { MemoryMailboxServer } from "../../src/testing.ts";
import { getTor } from "../../src/tor/tor.node.ts";
import { createWormhole, restoreWormhole } from "../../src/wormhole/create.ts";
import { authority, certificate, privateKey } from "./certificates.ts";
import { ControlServer } from "./control-server.ts";
import { SocksServer } from "./socks-server.ts";

const appId = "example.com/tor";
const trusted = tls.getCACertificates("default");

beforeAll(() => tls.setDefaultCACertificates([...trusted, authority]));
afterAll(() => tls.setDefaultCACertificates(trusted));

/** A Tor whose proxy belongs to the test. */
async function tor(names: Record<string, string>) {
  const socks = await SocksServer.start({ names });
  const control = await ControlServer.start({ socks: [`127.0.0.1:${socks.port}`] });
  onTestFinished(() => Promise.all([socks.close(), control.close()]).then(() => {}));
  return { socks, tor: await getTor({ controlPort: control.place }) };
}

async function mailbox() {
  const server = await startMailboxServer();
  onTestFinished(() => server.close());
  return server;
}

/** Starts a WebSocket server with a certificate for mailbox.test, which sends hello. */
async function secure(): Promise<number> {
  const server: Server = createServer({ key: privateKey, cert: certificate });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => socket.send("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe("a wormhole through Tor", () => {
  it("meets one without Tor, and the server's name is not looked up here", async () => {
    const server = await mailbox();
    const { socks, tor: way } = await tor({ "mailbox.test": "127.0.0.1" });
    const hidden = createWormhole({ appId, relayUrl: `ws://mailbox.test:${server.port}/v1`, tor: way });
    const other = createWormhole({ appId, relayUrl: server.url });
    hidden.allocateCode();
    other.setCode(await hidden.getCode());
    hidden.sendMessage(new TextEncoder().encode("from nowhere"));
    expect(new TextDecoder().decode(await other.getMessage())).toBe("from nowhere");
    expect(await Promise.all([hidden.close(), other.close()])).toEqual(["happy", "happy"]);
    expect(socks.destinations).toEqual([`name mailbox.test:${server.port}`]);
  });

  it("shares no circuit with another wormhole", async () => {
    const server = await mailbox();
    const { socks, tor: way } = await tor({});
    const both = [1, 2].map(() => createWormhole({ appId, relayUrl: server.url, tor: way }));
    await Promise.all(both.map((wormhole) => wormhole.getWelcome()));
    expect(socks.accounts.size).toBe(2);
    for (const account of socks.accounts) expect(account).toMatch(/^[0-9a-f]{32}:[0-9a-f]{32}$/);
    await Promise.allSettled(both.map((wormhole) => wormhole.close()));
  });

  it("reports why a server cannot be reached", async () => {
    const { tor: way } = await tor({});
    const lost = createWormhole({ appId, relayUrl: "ws://nowhere.test:4000/v1", tor: way });
    const error = await lost.getWelcome().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ServerConnectionError);
    expect(error).toMatchObject({
      failure: "other",
      message: expect.stringContaining("cannot find or reach that host"),
    });
  });

  // proves: api/everything-through-tor
  it("never uses other connections: not those of the platform, and not if `tor` is invalid", async () => {
    const memory = new MemoryMailboxServer();
    const { socks, tor: way } = await tor({});
    const platform = { openMessageSocket: memory.openMessageSocket };
    const wormhole = createWormhole({ appId, relayUrl: "ws://nowhere.test:4000/v1", tor: way, platform });
    await expect(wormhole.getWelcome()).rejects.toThrow(ServerConnectionError);
    expect(socks.destinations).toEqual(["name nowhere.test:4000"]);
    const wrong = { appId, relayUrl: "ws://nowhere.test/v1", tor: null } as unknown as {
      appId: string;
      relayUrl: string;
    };
    expect(() => createWormhole(wrong)).toThrow(TypeError);
  });

  it("can be restored with Tor only", async () => {
    const server = await mailbox();
    const { socks, tor: way } = await tor({});
    const delegate = {};
    const first = createWormhole({ appId, relayUrl: server.url, tor: way, delegate });
    const state = first.serialize();
    first.abandon();
    expect(() => restoreWormhole(structuredClone(state), { delegate })).toThrow("made with tor");
    const welcomed = new Promise<void>((resolve) => {
      const restored = restoreWormhole(structuredClone(state), {
        tor: way,
        delegate: { wormholeGotWelcome: () => resolve(restored.abandon()) },
      });
    });
    await welcomed;
    expect(socks.accounts.size).toBeGreaterThan(0);
  });
});

describe("a secure WebSocket through Tor", () => {
  /** Opens a message socket, and resolves to its first message or its end. */
  async function open(url: string, names: Record<string, string>): Promise<string | SocketEnd> {
    const { tor: way } = await tor(names);
    return new Promise((resolve) => {
      const socket = way.streams().openMessageSocket(url, {
        opened() {},
        received: (text) => {
          resolve(text);
          socket.close();
        },
        closed: resolve,
      });
    });
  }

  // proves: api/own-servers
  it("is opened if the certificate is for the requested name", async () => {
    expect(await open(`wss://mailbox.test:${await secure()}/v1`, { "mailbox.test": "127.0.0.1" })).toBe("hello");
  });

  it("is refused if the certificate is for another name", async () => {
    const end = await open(`wss://other.test:${await secure()}/v1`, { "other.test": "127.0.0.1" });
    expect(end).toMatchObject({ failure: "tls", detail: expect.stringContaining("other.test") });
    const bare = await open(`wss://127.0.0.1:${await secure()}/v1`, {});
    expect(bare).toMatchObject({ failure: "tls", detail: expect.stringContaining("127.0.0.1") });
  });

  it("is refused if no trusted authority has signed the certificate", async () => {
    tls.setDefaultCACertificates(trusted);
    onTestFinished(() => tls.setDefaultCACertificates([...trusted, authority]));
    const end = await open(`wss://mailbox.test:${await secure()}/v1`, { "mailbox.test": "127.0.0.1" });
    expect(end).toMatchObject({ failure: "tls" });
  });
});
