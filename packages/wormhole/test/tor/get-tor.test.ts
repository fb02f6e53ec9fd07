/** `getTor` with a running Tor, which a control server of the test stands for. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { NoTorError } from "../../src/errors.ts";
import { ControlReplies, type ControlReply, keyword, quotedValues } from "../../src/tor/control-reply.ts";
import { getTor, type TorOptions } from "../../src/tor/tor.node.ts";
import { server } from "../transit/loopback.ts";
import { ControlServer, type ControlServerOptions } from "./control-server.ts";
import { SocksServer } from "./socks-server.ts";

async function socks(): Promise<string> {
  const started = await SocksServer.start();
  onTestFinished(() => started.close());
  return `127.0.0.1:${started.port}`;
}

async function control(options: ControlServerOptions = {}): Promise<ControlServer> {
  const started = await ControlServer.start(options);
  onTestFinished(() => started.close());
  return started;
}

/** Returns the message of the error when there is no Tor. */
async function refusal(options: TorOptions): Promise<string> {
  const error = await getTor(options).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(NoTorError);
  return (error as Error).message;
}

const at = (percent: number, summary: string, more = "") =>
  `NOTICE BOOTSTRAP PROGRESS=${percent} TAG=x SUMMARY="${summary}"${more}`;

describe("a running Tor", () => {
  it("reports its SOCKS port to a program that can read its cookie", async () => {
    const tor = await control({ socks: [await socks()] });
    const found = await getTor({ controlPort: tor.place });
    expect(found.description).toBe(`control port ${tor.place.slice("tcp:".length)}`);
    expect(tor.commands).toEqual([
      "PROTOCOLINFO 1",
      "AUTHCHALLENGE SAFECOOKIE …",
      "AUTHENTICATE …",
      "SETEVENTS STATUS_CLIENT",
      "GETINFO status/bootstrap-phase",
      "SETEVENTS",
      "GETINFO net/listeners/socks",
    ]);
    await found.close();
  });

  it("may need no authentication", async () => {
    const tor = await control({ socks: [await socks()], methods: "NULL" });
    await getTor({ controlPort: tor.place });
    expect(tor.commands.slice(0, 2)).toEqual(["PROTOCOLINFO 1", "AUTHENTICATE"]);
  });

  it("may listen at Unix sockets", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tor-sockets-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const proxy = await SocksServer.start({ listen: join(folder, "socks") });
    onTestFinished(() => proxy.close());
    const { place } = await control({ listen: join(folder, "control"), socks: [`unix:${join(folder, "socks")}`] });
    const tor = await getTor({ controlPort: place });
    const dialled = tor.streams().network.dial("nowhere.test", 1, { signal: new AbortController().signal });
    await expect(dialled).rejects.toMatchObject({ code: "EPROXY" });
    expect(proxy.destinations).toEqual(["name nowhere.test:1"]);
  });

  it("may have several SOCKS ports: the first that answers is taken", async () => {
    const web = await server((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const proxy = await SocksServer.start();
    onTestFinished(() => proxy.close());
    const tor = await control({ socks: ["unix:/nowhere", `127.0.0.1:${web}`, `127.0.0.1:${proxy.port}`] });
    const { network } = (await getTor({ controlPort: tor.place })).streams();
    await network.dial("a.test", 1, { signal: new AbortController().signal }).catch(() => {});
    expect(proxy.asked.length).toBe(1);
  });

  it("is waited for while it makes progress", async () => {
    const bootstrap = [at(10, "Connected"), at(45, "Loading"), at(30, "Late news"), at(100, "Done")];
    const tor = await control({ socks: [await socks()], bootstrap });
    const heard: string[] = [];
    await getTor({ controlPort: tor.place, onProgress: ({ percent, summary }) => heard.push(`${percent} ${summary}`) });
    expect(heard).toEqual(["10 Connected", "45 Loading", "100 Done"]);
  });
});

describe("without a usable Tor, the error gives the reason", () => {
  it("when nothing listens at the control port", async () => {
    expect(await refusal({ controlPort: "tcp:127.0.0.1:1" })).toMatch(
      /control port .* cannot be used: nothing listens there\. /,
    );
  });

  it("when the program at the control port is not Tor", async () => {
    expect(await refusal({ controlPort: "tor please\u001b[31m" })).toMatch(
      /^tor please\S+ is not a control port of Tor\. /,
    );
    const web = await server((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect(await refusal({ controlPort: `tcp:127.0.0.1:${web}` })).toContain("it does not answer as Tor does");
    const flood = await server((socket) => void socket.write("250-".padEnd(1_000_000, "x")));
    expect(await refusal({ controlPort: `tcp:127.0.0.1:${flood}` })).toContain("its answer is too long");
    const door = await server((socket) => void socket.once("data", () => socket.end()));
    expect(await refusal({ controlPort: `tcp:127.0.0.1:${door}` })).toContain("it closed the connection");
  });

  it("when it does not answer", { timeout: 15_000 }, async () => {
    const tor = await control({ ignores: "AUTHCHALLENGE" });
    expect(await refusal({ controlPort: tor.place })).toContain("it does not answer");
  });

  it("when it wants a password", async () => {
    const tor = await control({ methods: "HASHEDPASSWORD" });
    expect(await refusal({ controlPort: tor.place })).toContain("it wants a password");
  });

  it("when its cookie cannot be read", async () => {
    const tor = await control();
    rmSync(tor.cookiePath);
    expect(await refusal({ controlPort: tor.place })).toMatch(/this user may not read its cookie .*ENOENT/);
  });

  it("when it cannot prove that it has the cookie itself, and it gets no proof either", async () => {
    const tor = await control({ wrongCookie: new Uint8Array(32) });
    expect(await refusal({ controlPort: tor.place })).toContain("does not have the content of the cookie file");
    const greedy = await control({ wrongCookie: Buffer.from("a file that is none of its business") });
    expect(await refusal({ controlPort: greedy.place })).toContain("is not the cookie of a Tor");
    expect([...tor.commands, ...greedy.commands].join()).not.toContain("AUTHENTICATE");
  });

  it("when it accepts no SOCKS connections", async () => {
    const tor = await control({ socks: [] });
    expect(await refusal({ controlPort: tor.place })).toContain("set SocksPort");
  });

  it("when it makes no more progress into the network", async () => {
    const warning = ' WARNING="Connection refused" REASON=CONNECTREFUSED';
    const tor = await control({ bootstrap: [at(5, "Connecting"), at(10, "Asking"), at(10, "Asking", warning)] });
    const said = await refusal({ controlPort: tor.place, patience: 200 });
    expect(said).toContain("It got to 10 %: Asking (Connection refused).");
  });

  it("when it ends before it is connected", async () => {
    const tor = await control({ bootstrap: [at(5, "Connecting")] });
    const ended = refusal({ controlPort: tor.place, onProgress: () => void tor.close() });
    expect(await ended).toContain("Tor ended before");
  });
});

describe("getTor", () => {
  it("refuses options that contradict each other, or that have the wrong type", async () => {
    await expect(getTor({ launch: true, controlPort: "tcp:127.0.0.1:9051" })).rejects.toThrow(TypeError);
    await expect(getTor({ launch: "yes" } as unknown as TorOptions)).rejects.toThrow(TypeError);
    await expect(getTor({ controlPort: 9051 } as unknown as TorOptions)).rejects.toThrow(TypeError);
  });

  it("can be aborted", async () => {
    const reason = new Error("enough");
    await expect(getTor({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const options of [{ ignores: "PROTOCOLINFO" }, { bootstrap: [at(5, "Connecting")] }]) {
      const tor = await control(options);
      const calling = new AbortController();
      const found = getTor({ controlPort: tor.place, signal: calling.signal });
      setTimeout(() => calling.abort(reason), 50);
      await expect(found).rejects.toBe(reason);
    }
  });
});

describe("the replies of a control port", () => {
  function replies(text: string, piece: number): ControlReply[] {
    const reader = new ControlReplies();
    const all: ControlReply[] = [];
    for (let at = 0; at < text.length; at += piece) all.push(...reader.take(text.slice(at, at + piece)));
    return all;
  }

  it.each([1, 7, 1000])("are complete when their text comes %i characters at a time", (piece) => {
    const said =
      '250-PROTOCOLINFO 1\r\n250 OK\r\n650 STATUS_CLIENT NOTICE X\r\n250+config-text=\r\nSocksPort 0\r\n250 no end\r\n.\r\n250 OK\r\n515 "No"\n';
    expect(replies(said, piece)).toEqual([
      { status: 250, lines: ["PROTOCOLINFO 1", "OK"] },
      { status: 650, lines: ["STATUS_CLIENT NOTICE X"] },
      { status: 250, lines: ["config-text=", "OK"] },
      { status: 515, lines: ['"No"'] },
    ]);
  });

  it("have values with quotes and without", () => {
    const line = String.raw`AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/a \"b\"/c\\d/\303\274 METHODS=NULL"`;
    expect(keyword(line, "METHODS")).toBe("COOKIE,SAFECOOKIE");
    expect(keyword(line, "COOKIEFILE")).toBe(String.raw`/a "b"/c\d/ü METHODS=NULL`);
    expect(keyword(line, "FILE")).toBeUndefined();
    expect(quotedValues(String.raw`x="127.0.0.1:9050" "unix:/run/tor/\"s\""`)).toEqual([
      "127.0.0.1:9050",
      'unix:/run/tor/"s"',
    ]);
  });
});
