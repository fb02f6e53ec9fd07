/** WebSockets of Node over real sockets on this machine. */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import type { SocketEnd } from "../../src/net/message-socket.ts";
import { openWebSocket } from "../../src/net/websocket.node.ts";
import { server } from "../transit/loopback.ts";

afterEach(() => void vi.useRealTimers());

/** A WebSocket server that sends each message back. */
async function echo(): Promise<{ url: string; sockets: WebSocketServer }> {
  const sockets = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(`${data} back`)).on("error", () => {});
  });
  await once(sockets, "listening");
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate();
    sockets.close();
  });
  return { url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}/v1`, sockets };
}

/** Opens a socket and records its events. */
function open(url: string) {
  const seen: string[] = [];
  let tell: (end: SocketEnd) => void = () => {};
  const closed = new Promise<SocketEnd>((resolve) => {
    tell = resolve;
  });
  const socket = openWebSocket(url, {
    opened: () => void seen.push("opened"),
    received: (text) => void seen.push(text),
    closed: (end) => {
      seen.push("closed");
      tell(end);
    },
  });
  onTestFinished(() => socket.close());
  return { socket, seen, closed };
}

/** Starts a web server. Returns its host and port. */
async function web(answer: RequestListener): Promise<string> {
  const listening = createServer(answer).listen(0, "127.0.0.1");
  await once(listening, "listening");
  onTestFinished(() => void listening.close());
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

describe("a WebSocket", () => {
  it("opens, carries text both ways, and closes", async () => {
    const { url } = await echo();
    const { socket, seen, closed } = open(url);
    await vi.waitUntil(() => seen.includes("opened"));
    socket.send("hello ☃");
    await vi.waitUntil(() => seen.length === 2);
    socket.close();
    socket.close();
    await closed;
    expect(seen).toEqual(["opened", "hello ☃ back", "closed"]);
  });

  it("offers no compression, which is useless for small messages and could reveal secrets by their length", async () => {
    const { url, sockets } = await echo();
    const asked = once(sockets, "connection");
    open(url);
    const [, request] = await asked;
    expect(request.headers["sec-websocket-extensions"]).toBeUndefined();
  });

  it("reports that the server closed the connection", async () => {
    const { url, sockets } = await echo();
    const { seen, closed } = open(url);
    await vi.waitUntil(() => seen.includes("opened"));
    for (const client of sockets.clients) client.close(1001, "maintenance");
    expect(await closed).toEqual({ failure: "closed", detail: "maintenance" });
  });

  it("rejects a message of more than a megabyte", async () => {
    const { url, sockets } = await echo();
    const { seen, closed } = open(url);
    await vi.waitUntil(() => seen.includes("opened"));
    for (const client of sockets.clients) client.send("x".repeat(1024 * 1024 + 1));
    expect((await closed).failure).toBe("too-large");
    expect(seen).toEqual(["opened", "closed"]);
  });

  it("ignores binary messages", async () => {
    const { url, sockets } = await echo();
    const { seen } = open(url);
    await vi.waitUntil(() => seen.includes("opened"));
    for (const client of sockets.clients) {
      client.send(new Uint8Array(3));
      client.send("text");
    }
    await vi.waitUntil(() => seen.includes("text"));
    expect(seen).toEqual(["opened", "text"]);
  });

  it("pings the server after 25 seconds, and drops the connection if there is no answer for 20 seconds", async () => {
    const { url, sockets } = await echo();
    const pings: string[] = [];
    sockets.on("connection", (socket) => void socket.on("ping", () => pings.push("ping")));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { seen, closed } = open(url);
    while (!seen.includes("opened")) await new Promise(setImmediate);
    for (let i = 1; i <= 3; i++) {
      await vi.advanceTimersByTimeAsync(25_000);
      while (pings.length < i) await new Promise(setImmediate);
      // The pong is on its way.
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    }
    for (const client of sockets.clients) client.pause();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(seen).toEqual(["opened"]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await closed).toEqual({ failure: "timeout", detail: "the server no longer answers" });
  });

  it("that is probed is dropped if the server does not answer for 10 seconds, however often it is probed", async () => {
    const { url, sockets } = await echo();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { socket, seen, closed } = open(url);
    socket.probe?.();
    while (!seen.includes("opened")) await new Promise(setImmediate);
    for (let answered = 1; answered <= 3; answered++) {
      socket.probe?.();
      // The pong is on its way.
      for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
      await vi.advanceTimersByTimeAsync(9_000);
    }
    for (const client of sockets.clients) client.pause();
    for (let second = 0; second < 10; second++) {
      expect(seen).toEqual(["opened"]);
      socket.probe?.();
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(await closed).toEqual({ failure: "timeout", detail: "the server no longer answers" });
    socket.probe?.();
  });

  it("that is closed before it opens reports its end once", async () => {
    const { url } = await echo();
    const { socket, seen, closed } = open(url);
    socket.close();
    socket.close();
    await closed;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toEqual(["closed"]);
  });
});

describe("a WebSocket that does not open reports the reason", () => {
  const refusal = async (url: string) => (await open(url).closed).failure;

  it.each(["", "localhost:4000", "http://localhost/", "ws://", "ws://a b/", "ws://localhost/#part"])(
    "%j is not a valid address",
    async (url) => {
      expect(await refusal(url)).toBe("bad-url");
    },
  );

  it("the host is unknown", async () => {
    expect(await refusal("ws://nowhere.invalid/v1")).toBe("unknown-host");
  });

  it("nothing listens there", async () => {
    expect(await refusal("ws://127.0.0.1:1/v1")).toBe("refused");
  });

  it.each([200, 302, 404, 407, 500])("an HTTP server answers %i", async (status) => {
    const host = await web((_, response) => void response.writeHead(status).end("<html>Log in first</html>"));
    expect(await open(`ws://${host}/v1`).closed).toMatchObject({
      failure: "not-a-mailbox-server",
      detail: expect.stringContaining(`HTTP ${status}`),
    });
  });

  it("another kind of server answers", async () => {
    const port = await server((socket) => void socket.write("220 mail ESMTP\r\n"));
    expect(await refusal(`ws://127.0.0.1:${port}/v1`)).toBe("not-a-mailbox-server");
  });

  it("the server switches to another protocol", async () => {
    const port = await server((socket) => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tea\r\n\r\n");
    });
    expect(await refusal(`ws://127.0.0.1:${port}/v1`)).toBe("not-a-mailbox-server");
  });

  it("the far end hangs up", async () => {
    const port = await server((socket) => socket.destroy());
    expect(await refusal(`ws://127.0.0.1:${port}/v1`)).toBe("closed");
  });

  it("the server does not speak TLS", async () => {
    const { failure, detail } = await open(`wss://${await web(() => {})}/v1`).closed;
    expect(failure).toBe("not-a-mailbox-server");
    expect(detail).toContain("does not speak TLS");
  });

  it("the server does not answer for ten seconds", async () => {
    const listening = createTcpServer().listen(0, "127.0.0.1");
    await once(listening, "listening");
    onTestFinished(() => void listening.close());
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { closed } = open(`ws://127.0.0.1:${(listening.address() as AddressInfo).port}/v1`);
    await once(listening, "connection");
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await closed).failure).toBe("timeout");
  });
});
