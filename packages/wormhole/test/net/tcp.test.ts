/** TCP of Node over real sockets on this machine: connections, dialling, listening and addresses. */
import { type EventEmitter, once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { tcp } from "../../src/net/tcp.node.ts";
import { connections, noise, server, text, words } from "../transit/loopback.ts";

vi.mock("node:os", async (original) => ({
  ...(await original<typeof import("node:os")>()),
  networkInterfaces: vi.fn(),
}));
const { networkInterfaces: real } = await vi.importActual<typeof import("node:os")>("node:os");
afterEach(() => {
  vi.mocked(networkInterfaces).mockReset();
  vi.useRealTimers();
});

const signal = new AbortController().signal;

/** All bytes until the end, and the error, if there is one. */
function gather(
  connection: Awaited<ReturnType<typeof tcp.dial>>,
): Promise<{ bytes: Uint8Array; error: Error | undefined }> {
  const chunks: Uint8Array[] = [];
  return new Promise((resolve) => {
    connection.receive({
      chunk: (bytes) => void chunks.push(bytes.slice()),
      ended: (error) => resolve({ bytes: Buffer.concat(chunks), error }),
    });
  });
}

describe("a TCP connection", () => {
  it.each(["dialled", "accepted"] as const)("that was %s delivers all bytes, then the end", async (side) => {
    const [dialled, accepted] = await connections();
    const [from, to] = side === "dialled" ? [accepted, dialled] : [dialled, accepted];
    const data = noise(3_000_000);
    from.write(data.slice(0, 1_000_000));
    from.write(data.slice(1_000_000));
    const gathered = gather(to);
    await from.end();
    expect(Buffer.compare((await gathered).bytes, data)).toBe(0);
    expect((await gathered).error).toBeUndefined();
  });

  it.each(["dialled", "accepted"] as const)("that was %s delivers nothing before there is a receiver", async (side) => {
    const [dialled, accepted] = await connections();
    const [from, to] = side === "dialled" ? [accepted, dialled] : [dialled, accepted];
    from.write(text("early"));
    await from.end();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(words((await gather(to)).bytes)).toBe("early");
  });

  it.each(["dialled", "accepted"] as const)("that was %s can get a new receiver between two chunks", async (side) => {
    const [dialled, accepted] = await connections();
    const [from, to] = side === "dialled" ? [accepted, dialled] : [dialled, accepted];
    const first = new Promise<Uint8Array>((resolve) => {
      to.receive({ chunk: (bytes) => resolve(bytes.slice()), ended() {} });
    });
    from.write(text("one"));
    expect(words(await first)).toBe("one");
    const rest = gather(to);
    from.write(text("two"));
    await from.end();
    expect(words((await rest).bytes)).toBe("two");
  });

  it.each(["dialled", "accepted"] as const)("that was %s pauses and resumes", async (side) => {
    const [dialled, accepted] = await connections();
    const [from, to] = side === "dialled" ? [accepted, dialled] : [dialled, accepted];
    let seen = 0;
    to.receive({
      chunk: (bytes) => {
        seen += bytes.length;
      },
      ended() {},
    });
    to.pause();
    from.write(new Uint8Array(4_000_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toBeLessThan(500_000);
    to.resume();
    await vi.waitUntil(() => seen === 4_000_000);
  });

  it.each(["dialled", "accepted"] as const)("that was %s can be paused before there is a receiver", async (side) => {
    const [dialled, accepted] = await connections();
    const [from, to] = side === "dialled" ? [accepted, dialled] : [dialled, accepted];
    to.pause();
    from.write(text("held"));
    let seen = "";
    to.receive({
      chunk: (bytes) => {
        seen += words(bytes);
      },
      ended() {},
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toBe("");
    to.resume();
    await vi.waitUntil(() => seen === "held");
  });

  it("reports an end from before there was a receiver, once", async () => {
    const [from] = await connections();
    from.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const seen: string[] = [];
    const receiver = (name: string) => ({ chunk() {}, ended: () => void seen.push(name) });
    from.receive(receiver("replaced"));
    from.receive(receiver("first"));
    expect(seen).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 0));
    from.receive(receiver("late"));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(seen).toEqual(["first"]);
  });

  it("reports its end once, even if it gets another receiver before the socket has closed", async () => {
    const [from, to] = await connections();
    const seen: string[] = [];
    const reported = new Promise<void>((resolve) => {
      const second = { chunk() {}, ended: () => void seen.push("second") };
      const ended = () => {
        seen.push("first");
        to.receive(second);
        resolve();
      };
      to.receive({ chunk() {}, ended });
    });
    await from.end();
    await reported;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual(["first"]);
  });

  it("asks the writer to wait until the memory may be reused", async () => {
    const [from, to] = await connections();
    let writes = 0;
    while (from.write(new Uint8Array(256 * 1024))) writes++;
    expect(writes).toBeLessThan(200);
    let drained = false;
    const waiting = from.drained().then(() => {
      drained = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(drained).toBe(false);
    void gather(to);
    await waiting;
    await expect(from.drained()).resolves.toBeUndefined();
  });

  it("rejects pending waits when it is dropped", async () => {
    const [from] = await connections();
    while (from.write(new Uint8Array(256 * 1024)));
    const waiting = from.drained();
    const gathered = gather(from);
    from.destroy();
    expect((await gathered).error).toBeUndefined();
    await expect(waiting).rejects.toMatchObject({ name: "WormholeError", code: "connection-closed" });
    expect(from.write(text("late"))).toBe(false);
    await expect(from.drained()).rejects.toMatchObject({ name: "WormholeError", code: "connection-closed" });
    await from.end();
  });

  it("reports a reset by the far end as an error", async () => {
    const port = await server((socket) => socket.once("data", () => socket.resetAndDestroy()));
    const connection = await tcp.dial("127.0.0.1", port, { signal });
    const gathered = gather(connection);
    connection.write(text("x"));
    expect((await gathered).error).toMatchObject({ code: "ECONNRESET" });
  });

  it("can be ended although the far end does not close", async () => {
    const port = await server((socket) => void socket.resume());
    const connection = await tcp.dial("127.0.0.1", port, { signal });
    connection.write(text("bye"));
    await connection.end();
  });

  it("still reads for a while after its end, so that the far end is not cut off", async () => {
    let error: Error | undefined;
    let written = 0;
    const far = createServer({ allowHalfOpen: true }, (socket) => {
      const writing = setInterval(() => socket.write("more ", () => written++), 5);
      socket.on("error", (reason) => {
        error = reason;
      });
      socket.on("close", () => clearInterval(writing)).resume();
    }).listen(0, "127.0.0.1");
    await once(far, "listening");
    onTestFinished(() => void far.close());
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    const connection = await tcp.dial("127.0.0.1", (far.address() as AddressInfo).port, { signal });
    await connection.end();
    const before = written;
    while (written < before + 10) await new Promise(setImmediate);
    expect(error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    while (error === undefined) await new Promise(setImmediate);
  });

  it("is described by the address of its far end", async () => {
    const [dialled, accepted] = await connections();
    expect(dialled.description).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(accepted.description).toMatch(/^127\.0\.0\.1:\d+$/);
  });
});

describe("dialling", () => {
  it("rejects with the system's error", async () => {
    await expect(tcp.dial("127.0.0.1", 1, { signal })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(tcp.dial("nowhere.invalid", 1, { signal })).rejects.toMatchObject({
      code: expect.stringMatching(/^E/),
    });
  });

  it("resolves names", async () => {
    const port = await server((socket) => void socket.end("hello"));
    expect(words((await gather(await tcp.dial("localhost", port, { signal }))).bytes)).toBe("hello");
  });

  it("stops when its signal aborts", async () => {
    const leaving = new AbortController();
    const port = await server(() => {});
    const dialling = tcp.dial("127.0.0.1", port, { signal: leaving.signal });
    leaving.abort();
    await expect(dialling).rejects.toMatchObject({ name: "AbortError" });
    await expect(tcp.dial("127.0.0.1", 1, { signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow("gone");
  });
});

describe("the addresses of this machine", () => {
  const entry = (address: string, internal = false) => ({
    address,
    internal,
    family: address.includes(":") ? ("IPv6" as const) : ("IPv4" as const),
    netmask: "",
    mac: "",
    cidr: null,
    scopeid: 0,
  });
  const having = (...entries: ReturnType<typeof entry>[]) => {
    vi.mocked(networkInterfaces).mockReturnValue({ eth0: entries as never });
    return tcp.addresses();
  };

  it("are IPv4 first, then IPv6, without loopback and link-local ones", () => {
    const all = ["2001:db8::1", "fe80::1", "192.168.1.8", "fd00::2", "10.0.0.1"].map((address) => entry(address));
    expect(having(entry("127.0.0.1", true), entry("::1", true), ...all)).toEqual([
      "192.168.1.8",
      "10.0.0.1",
      "2001:db8::1",
      "fd00::2",
    ]);
  });

  it("are the first ones of all interfaces, then the second ones, and those of virtual interfaces last", () => {
    vi.mocked(networkInterfaces).mockReturnValue({
      docker0: [entry("172.17.0.1")],
      dummy0: [entry("10.9.0.1"), entry("10.9.0.2"), entry("10.9.0.3")],
      "br-0a1b": [entry("172.18.0.1")],
      eth0: [entry("192.168.1.8"), entry("2001:db8::1")],
    } as never);
    expect(tcp.addresses()).toEqual([
      "10.9.0.1",
      "192.168.1.8",
      "10.9.0.2",
      "10.9.0.3",
      "2001:db8::1",
      "172.17.0.1",
      "172.18.0.1",
    ]);
  });

  it("are loopback if there is no other address", () => {
    expect(having(entry("::1", true), entry("127.0.0.1", true), entry("fe80::1"))).toEqual(["127.0.0.1", "::1"]);
  });

  it("come from the system", () => {
    vi.mocked(networkInterfaces).mockImplementation(real);
    expect(tcp.addresses().length).toBeGreaterThan(0);
  });
});

describe("listening", () => {
  it("uses IPv4 if there is no IPv6", async () => {
    const { Server } = await vi.importActual<typeof import("node:net")>("node:net");
    const listen = vi.spyOn(Server.prototype, "listen").mockImplementationOnce(function (this: EventEmitter) {
      queueMicrotask(() => this.emit("error", Object.assign(new Error("no IPv6"), { code: "EAFNOSUPPORT" })));
      return this as InstanceType<typeof Server>;
    });
    const listener = await tcp.listen((connection) => connection.destroy());
    expect(listen.mock.calls).toEqual([[{ host: "::", port: 0 }], [{ host: "0.0.0.0", port: 0 }]]);
    listen.mockRestore();
    (await tcp.dial("127.0.0.1", listener.port, { signal })).destroy();
    listener.close();
  });
});
