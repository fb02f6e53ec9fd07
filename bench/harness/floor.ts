/**
 * The floor of a file transfer: file to process to TCP to process to file, SHA-256 on both sides and nothing else. The
 * sender prints the port on which it waits; both print the hash at the end.
 *
 *     node bench/harness/floor.ts send PATH
 *     node bench/harness/floor.ts receive PORT PATH
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Fits into the second-level cache, several times over. */
const SLAB_BYTES = 256 * 1024;

/** One is on its way while the other is filled. */
const makeSlabs = () => [new Uint8Array(SLAB_BYTES), new Uint8Array(SLAB_BYTES)] as const;
const other = (turn: 0 | 1) => (turn === 0 ? 1 : 0);

const [role = "", ...args] = process.argv.slice(2);
const digest = role === "send" ? await send(args[0] ?? "") : await receive(Number(args[0]), args[1] ?? "");
console.log(digest);

async function send(path: string): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  console.log(`port ${(server.address() as AddressInfo).port}`);
  const [socket] = (await once(server, "connection")) as [Socket];
  server.close();
  const hash = createHash("sha256");
  const file = await open(path);
  const slabs = makeSlabs();
  const sent: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
  for (let turn: 0 | 1 = 0; ; turn = other(turn)) {
    await sent[turn];
    const { bytesRead } = await file.read(slabs[turn]);
    if (bytesRead === 0) break;
    const chunk = slabs[turn].subarray(0, bytesRead);
    hash.update(chunk);
    sent[turn] = new Promise((resolve) => void socket.write(chunk, () => resolve()));
  }
  socket.end();
  await Promise.all([file.close(), once(socket.resume(), "close")]);
  return hash.digest("hex");
}

async function receive(port: number, path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await open(path, "w");
  const slabs = makeSlabs();
  const stored: [Promise<unknown> | undefined, Promise<unknown> | undefined] = [undefined, undefined];
  let turn: 0 | 1 = 0;
  let filled = 0;
  let position = 0;

  /** Hands the filled slab on and turns to the other one. False: that one is not free yet, reading resumes when it is. */
  const store = (): boolean => {
    const [slab, chunk] = [turn, slabs[turn].subarray(0, filled)];
    hash.update(chunk);
    stored[slab] = file.write(chunk, 0, filled, position).then(() => {
      stored[slab] = undefined;
    });
    position += filled;
    filled = 0;
    turn = other(turn);
    void stored[turn]?.then(() => socket.resume());
    return stored[turn] === undefined;
  };

  const onread = {
    buffer: () => slabs[turn].subarray(filled),
    callback: (bytes: number) => {
      filled += bytes;
      return filled < SLAB_BYTES || store();
    },
  };
  const socket = connect({ port, host: "127.0.0.1", onread });
  await once(socket, "end");
  store();
  await stored[0];
  await stored[1];
  await file.close();
  return hash.digest("hex");
}
