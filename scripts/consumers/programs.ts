/** The programs and files that the projects of other people consist of. */

/**
 * A program that sends itself a file through the servers of its environment, and prints "ok" and the providers of the
 * ciphers. With `bundle.` in its name it is fit for every bundler.
 */
export const SENDS_ITSELF_A_FILE = `
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cipherProviders } from "@wormhole-ts/wormhole";
import { receive, sendPath } from "@wormhole-ts/wormhole/node";

const main = async () => {
  const servers = { relayUrl: process.env.RELAY_URL };
  const folder = mkdtempSync(join(process.env.PLACE ?? tmpdir(), "self-"));
  const file = join(folder, "sent.bin");
  writeFileSync(file, Buffer.alloc(300_000, "0123456789"));
  const sending = sendPath(file, servers);
  const receiving = receive({ ...servers, code: await sending.code, output: join(folder, "received.bin") });
  for await (const event of receiving) if (event.type === "offer") event.accept();
  const [sent, received] = await Promise.all([sending.done, receiving.done]);
  const same = readFileSync(received.path).equals(readFileSync(file));
  if (!same || sent.sha256 !== received.sha256) throw new Error("the file has changed");
  const { transit, dilation } = await cipherProviders();
  console.log("ok", transit, dilation);
  rmSync(folder, { recursive: true });
};

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
`;

/** A program without files: two wormholes exchange messages, are dilated, and end. It runs everywhere. */
export const TWO_WORMHOLES = `
import { createWormhole, LonelyError } from "@wormhole-ts/wormhole";
import { MemoryMailboxServer, MemoryNetwork } from "@wormhole-ts/wormhole/testing";

export async function twoWormholes() {
  const server = new MemoryMailboxServer();
  server.welcome = { "permission-required": { hashcash: { bits: 8, resource: "r" } } };
  server.answer = ({ type }) => (type === "submit-permissions" ? [] : undefined);
  const network = new MemoryNetwork();
  const options = (address) => ({
    appId: "example.com/consumer",
    relayUrl: "ws://memory/v1",
    platform: { openMessageSocket: server.openMessageSocket, network: network.machine(address) },
  });
  const [a, b] = [createWormhole(options("10.0.0.1")), createWormhole(options("10.0.0.2"))];
  a.allocateCode();
  b.setCode(await a.getCode());
  a.sendMessage(new TextEncoder().encode("hello"));
  if (new TextDecoder().decode(await b.getMessage()) !== "hello") throw new Error("the message has changed");
  const [near, far] = await Promise.all([a.dilate(), b.dilate()]);
  const [one, other] = await Promise.all([near.control.connect(), far.control.connect()]);
  void one.writable.getWriter().write(new Uint8Array([7]));
  const { value } = await other.readable.getReader().read();
  if (value[0] !== 7) throw new Error("the chunk has changed");
  await Promise.all([a.close(), b.close()]);
  const lonely = createWormhole(options());
  const error = await lonely.close().catch((reason) => reason);
  if (error.name !== "LonelyError" || !(error instanceof LonelyError)) throw new Error("the name is " + error.name);
  return "ok";
}
`;

/** {@link TWO_WORMHOLES} as a program. */
export const RUNS_TWO_WORMHOLES = `${TWO_WORMHOLES}
twoWormholes().then(console.log);
`;

/** Uses of every declaration that a program in a browser sees. It needs no types of Node. */
export const BROWSER_TYPES = `
import {
  type Bytes, CheckpointJournal, createWormhole, type DelegatedWormhole, type Dilated, isWormholeError, type RecordPipe,
  restoreWormhole, type SerializedWormhole, Timing, TransitSender, type Wormhole, type WormholeDelegate,
  type WormholeOptions,
} from "@wormhole-ts/wormhole";
import { MemoryMailboxServer } from "@wormhole-ts/wormhole/testing";

declare const maybe: WormholeDelegate | undefined;
declare const signal: AbortSignal | undefined;
const server = new MemoryMailboxServer();
const options: WormholeOptions = { appId: "a", relayUrl: new URL("ws://x/v1"), signal, timing: new Timing() };
const wormhole: Wormhole = createWormhole({ ...options, platform: { openMessageSocket: server.openMessageSocket } });
export const either: Wormhole | DelegatedWormhole = createWormhole({ ...options, delegate: maybe });
export async function use(): Promise<void> {
  await using mine = wormhole;
  const bytes: Bytes = await mine.getMessage({ signal });
  for await (const message of mine.messages()) message.fill(0);
  const first = await mine.messages().next();
  console.log(bytes, first.value, await mine.closed);
  const dilated: Dilated = await mine.dilate({ relays: ["tcp:x:1"], signal });
  await using channel = await dilated.control.connect({ signal });
  console.log(channel.subprotocol);
}
export function save(delegated: DelegatedWormhole): string {
  const state: SerializedWormhole = delegated.serialize();
  restoreWormhole(state, { delegate: {}, journal: new CheckpointJournal(() => {}), signal });
  return JSON.stringify(state) + state.relayUrl + (state.tor === true);
}
export async function pipe(): Promise<RecordPipe> {
  return new TransitSender({ relays: [], signal }).connect({ signal });
}
export const isLonely = (error: unknown): boolean => isWormholeError(error) && error.code === "lonely";
`;

/** Fifteen uses that bytes are for. They need \`Uint8Array<ArrayBuffer>\`, which TypeScript has from 5.7 on. */
export const SINKS = `
import type { RecordPipe, Subchannel, Wormhole } from "@wormhole-ts/wormhole";

export async function sinks(
  wormhole: Wormhole, pipe: RecordPipe, subchannel: Subchannel,
  webSocket: WebSocket, dataChannel: RTCDataChannel, file: FileSystemWritableFileStream,
): Promise<void> {
  const message = await wormhole.getMessage();
  const key = wormhole.deriveKey("example.com/key", 32);
  new Blob([message]);
  new File([await pipe.receiveRecord()], "name");
  await fetch("https://example.com/", { method: "POST", body: await wormhole.getVerifier() });
  await crypto.subtle.digest("SHA-256", await wormhole.getUnverifiedKey());
  await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  await crypto.subtle.encrypt({ name: "AES-GCM", iv: key }, {} as CryptoKey, message);
  webSocket.send(message);
  dataChannel.send(message);
  await file.write(message);
  new Response(message);
  for await (const piece of pipe.receiveBulk(3)) await file.write(piece);
  await subchannel.readable.pipeTo(file);
  subchannel.readable.pipeThrough(new DecompressionStream("gzip"));
  subchannel.readable.pipeThrough(new TextDecoderStream());
  const shared: ArrayBuffer = message.buffer;
  console.log(shared);
}
`;

/** Uses of the entry \`/node\`. They need the types of Node. */
export const NODE_TYPES = `
import { getTor, inputWithCompletion, receive, sendPath, sendText, type TransferOptions } from "@wormhole-ts/wormhole/node";
import { createWormhole } from "@wormhole-ts/wormhole";

declare const signal: AbortSignal | undefined;
const options: TransferOptions = { relayUrl: "ws://x/v1", signal, code: undefined };
export async function use(): Promise<void> {
  const receiving = receive({ ...options, directory: "." });
  for await (const event of receiving) if (event.type === "offer") event.accept();
  const result = await receiving.done;
  console.log(result.kind === "text" ? result.text : result.path);
  await Promise.all([sendPath("x", options).done, sendText("x", options).done]);
  await inputWithCompletion("code: ", createWormhole({ appId: "a", relayUrl: "ws://x" }).inputCode(), { signal });
  await using tor = await getTor({ signal });
  console.log(tor.description);
}
`;

/** A test for Jest and Vitest. */
export const TEST = `${TWO_WORMHOLES}
test("two wormholes in the environment of this test runner", async () => {
  expect(await twoWormholes()).toBe("ok");
});
`;

/** A test for the environment `node` of Jest and Vitest, which has errors of its own that are not those of Node's modules. */
export const FILE_TEST = `
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { receive, sendPath } from "@wormhole-ts/wormhole/node";

test("a file is received in the environment of this test runner", async () => {
  const folder = mkdtempSync(join(tmpdir(), "runner-"));
  writeFileSync(join(folder, "sent"), "hello");
  const platform = { openMessageSocket: new MemoryMailboxServer().openMessageSocket };
  const options = { relayUrl: "ws://memory/v1", relays: [], platform };
  const sending = sendPath(join(folder, "sent"), options);
  const code = await sending.code;
  const receiving = receive({ ...options, code, output: join(folder, "received"), accept: true });
  await Promise.all([sending.done, receiving.done]);
  expect(readFileSync(join(folder, "received"), "utf8")).toBe("hello");
  rmSync(folder, { recursive: true });
});
`;
