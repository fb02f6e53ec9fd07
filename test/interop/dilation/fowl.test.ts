/** The program fowl 26.8 forwards TCP ports through our dilation. test/vectors/fowl.json holds its messages. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { type MailboxServer, startMailboxServer } from "@wormhole-ts/mailbox-server";
import { createWormhole, type JsonObject, type Wormhole } from "@wormhole-ts/wormhole";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { vectors } from "../../../packages/wormhole/test/vectors.ts";
import { found } from "../../support/peers.ts";
import { Changes } from "../reference/changes.ts";
import { FOWL_APP_ID, FOWL_VERSIONS, Fowl, pack } from "./fowl.ts";
import { decode, type Message } from "./msgpack.ts";

const SIZE = 20 * 1024 * 1024;
const installed = found("fowl");
const fowld = "program" in installed ? installed.program : undefined;

describe("fowl's messages", () => {
  const { messages } = vectors<{ messages: { value: Message; hex: string }[] }>("fowl");

  it.each(messages)("$hex", ({ value, hex }) => {
    expect(pack(value).toString("hex")).toBe(hex);
    expect(decode(Buffer.from(hex, "hex").subarray(2))).toEqual(value);
  });
});

/** The program, controlled by lines of JSON. */
class Program {
  readonly said: JsonObject[] = [];
  readonly #changes = new Changes();
  readonly #child: ChildProcess;

  constructor(mailbox: string) {
    this.#child = spawn(fowld ?? "", ["--mailbox", mailbox], { stdio: ["pipe", "pipe", "ignore"] });
    if (this.#child.stdout) createInterface(this.#child.stdout).on("line", (line) => this.#heard(line));
    this.#child.stdin?.on("error", () => {}); // the process has ended, which waiting calls report
  }

  do(command: JsonObject): void {
    this.#child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  /** Waits for its first message of this kind. */
  async says(kind: string): Promise<JsonObject> {
    const said = () => this.said.find((each) => each.kind === kind);
    await this.#changes.until(
      () => said() !== undefined,
      () => `"${kind}", but fowl has sent ${JSON.stringify(this.said)}`,
    );
    return said() ?? {};
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "close");
  }

  /** Keeps all messages except byte counts, which are frequent, and sometimes two in one line. */
  #heard(line: string): void {
    if (!line.startsWith("{") || line.includes('"kind": "bytes-')) return;
    this.said.push(JSON.parse(line) as JsonObject);
    this.#changes.happened();
  }
}

/** Starts a server that returns all bytes, until its client has finished. */
async function echoServer(): Promise<{ server: Server; port: number }> {
  const server = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

/** Sends bytes to an echo server. Returns the bytes that come back. The connection stays open. */
async function echoed(port: number, bytes: Uint8Array): Promise<{ socket: Socket; hash: string }> {
  const socket: Socket = connect(port, "127.0.0.1");
  const hash = createHash("sha256");
  let length = 0;
  socket.write(bytes);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    hash.update(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length >= bytes.length) break;
  }
  return { socket, hash: hash.digest("hex") };
}

/**
 * Sends many bytes over one connection and fewer over others, which stay open: all come back unchanged. The connections are
 * made one after the other and stay open because of faults in fowl. It cuts some of several connections that begin at the
 * same time, and if it has to wait after one was closed, it drops the connection of its wormhole again and again.
 */
async function expectEchoes(port: number): Promise<void> {
  const sockets: Socket[] = [];
  for (const size of [1, 100_000, 100_000, SIZE]) {
    const bytes = randomBytes(size);
    const { socket, hash } = await echoed(port, bytes);
    expect(hash).toBe(createHash("sha256").update(bytes).digest("hex"));
    sockets.push(socket);
  }
  for (const socket of sockets) socket.destroy();
}

describe.skipIf(fowld === undefined)("fowl's program", () => {
  let mailbox: MailboxServer;
  let echo: { server: Server; port: number };
  let program: Program;
  let wormhole: Wormhole;
  let fowl: Fowl;

  beforeAll(async () => {
    mailbox = await startMailboxServer({});
    echo = await echoServer();
  });

  beforeEach(async () => {
    program = new Program(mailbox.url);
    wormhole = createWormhole({ appId: FOWL_APP_ID, relayUrl: mailbox.url, versions: FOWL_VERSIONS });
    wormhole.allocateCode();
    program.do({ kind: "set-code", code: await wormhole.getCode() });
    fowl = new Fowl(await wormhole.dilate());
    await program.says("peer-connected");
  });

  afterEach(async () => {
    fowl.close();
    await wormhole.close().catch(() => {});
    await program.stop();
  });

  afterAll(async () => {
    echo.server.close();
    await mailbox.close();
  });

  it("forwards one of its ports to a server here", async () => {
    program.do({ kind: "local", name: "echo" });
    await expect.poll(async () => (await fowl.offer("echo", echo.port)).listening).toBe(true);
    await expectEchoes(Number((await program.says("listening")).listening_port));
  });

  it("gets an error for a server that cannot be reached", async () => {
    program.do({ kind: "local", name: "unreachable" });
    await expect.poll(async () => (await fowl.offer("unreachable", 1)).listening).toBe(true);
    const socket = connect(Number((await program.says("listening")).listening_port), "127.0.0.1");
    await once(socket, "close");
    expect(await program.says("outgoing-lost")).toMatchObject({ reason: expect.stringContaining("ECONNREFUSED") });
  });

  it("can be reached at a local port that it has asked for", async () => {
    program.do({ kind: "remote", name: "theirs", local_connect_port: echo.port });
    await expect.poll(() => fowl.portOf("theirs"), { timeout: 10_000 }).toBeTypeOf("number");
    await expectEchoes(fowl.portOf("theirs") ?? 0);
  });
});
