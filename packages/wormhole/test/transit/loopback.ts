/** Helpers for tests over real sockets on this machine: connections, pipes, and servers that may misbehave. */
import { type AddressInfo, createServer, type Socket } from "node:net";
import { beforeEach, onTestFinished } from "vitest";
import type { BulkCipher } from "../../src/crypto/bulk.ts";
import { loadNativeCrypto } from "../../src/crypto/native.node.ts";
import type { Connection } from "../../src/net/connection.ts";
import { tcp } from "../../src/net/tcp.node.ts";
import { deriveTransitKeys, type TransitRole } from "../../src/transit/keys.ts";
import { EncryptedPipe } from "../../src/transit/pipe/pipe.ts";

/** The transit key of both sides: a new one in each test, because a key makes one connection. */
export let transitKey = new Uint8Array(32);
/** The keys that are derived from it. */
export let keys = deriveTransitKeys(transitKey);

beforeEach(() => {
  transitKey = crypto.getRandomValues(new Uint8Array(32));
  keys = deriveTransitKeys(transitKey);
});

/** Encodes text. */
export const text = (words: string) => new TextEncoder().encode(words);
/** Decodes text. */
export const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Bytes without short repetitions. */
export function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0, state = 1; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}

/** The two ends of a connection. The first one has dialled. */
export async function connections(): Promise<[Connection, Connection]> {
  let accept: (connection: Connection) => void = () => {};
  const accepted = new Promise<Connection>((resolve) => {
    accept = resolve;
  });
  const listener = await tcp.listen((connection) => accept(connection));
  const dialled = await tcp.dial("127.0.0.1", listener.port, { signal: new AbortController().signal });
  const both: [Connection, Connection] = [dialled, await accepted];
  listener.close();
  onTestFinished(() => {
    for (const connection of both) connection.destroy();
  });
  return both;
}

/** One end of a pipe over a connection. */
export async function pipeOver(connection: Connection, role: TransitRole, cipher?: BulkCipher): Promise<EncryptedPipe> {
  const other = role === "sender" ? "receiver" : "sender";
  return new EncryptedPipe({
    connection,
    cipher: cipher ?? (await loadNativeCrypto()),
    sealKey: keys.record[role],
    openKey: keys.record[other],
    rest: new Uint8Array(0),
    describe: () => "->test",
  });
}

/** The two ends of a pipe. */
export async function pipes(): Promise<[EncryptedPipe, EncryptedPipe]> {
  const [dialled, accepted] = await connections();
  return [await pipeOver(dialled, "sender"), await pipeOver(accepted, "receiver")];
}

/** Starts a TCP server that passes each of its sockets to `serve`. Returns its port. */
export async function server(serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    serve(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return (listening.address() as AddressInfo).port;
}
