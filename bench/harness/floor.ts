/**
 * The floor of a file transfer: one process reads a file and sends it over TCP, another one stores it, and both compute
 * its SHA-256. The sender prints its port; both print the hash at the end.
 *
 *     node bench/harness/floor.ts send PATH
 *     node bench/harness/floor.ts receive PORT PATH
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** Several of these fit into the second-level cache. */
const SLAB_BYTES = 256 * 1024;

/** Two slabs: one is on its way while the other is filled. */
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

  /**
   * Stores the filled slab and changes to the other one. Returns false if that is not free yet; then reading resumes
   * later.
   */
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
