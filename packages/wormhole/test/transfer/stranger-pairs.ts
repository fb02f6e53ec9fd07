/** Transfers in which one side is a stranger: a peer whose messages and bytes a test chooses. */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { VirtualClock } from "../../src/testing.ts";
import { follow, Pair, type Stranger } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const CODE = "7-crossover-clockwork";
/** The SHA-256 of a text, as an acknowledgement has it. */
export const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");
/** The record for a message. */
export const encode = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/** Our receiver, and a stranger that sends. */
export function receiving({ clock }: { clock?: VirtualClock } = {}) {
  const inbox = sandbox();
  const pair = new Pair();
  const stranger = pair.stranger(CODE, "sender");
  const platform = { ...pair.options.platform, ...(clock && { clock }) };
  const receiver = pair.receive(CODE, { directory: inbox, platform });
  const following = follow(receiver).catch((error: unknown) => error);
  return { inbox, pair, stranger, receiver, following };
}

/** Our sender, and a stranger that receives. */
export async function sending(content = "hello") {
  const path = join(sandbox(), "file");
  writeFileSync(path, content);
  const pair = new Pair();
  const sender = pair.sendPath(path);
  const stranger = pair.stranger(await sender.code, "receiver");
  return { pair, stranger, sender };
}

/** The offer of a file `a.txt`. */
export const offer = (filesize: number) => ({ offer: { file: { filename: "a.txt", filesize } } });

/** Makes an offer as the stranger, and connects. */
export async function connectAsSender(stranger: Stranger, filesize: number) {
  await stranger.wormhole.getVersions();
  await stranger.sendHints();
  stranger.send(offer(filesize));
  await stranger.takeHints();
  expect(await stranger.receive()).toEqual({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}

/** Accepts the offer as the stranger, and connects. */
export async function connectAsReceiver(stranger: Stranger) {
  await stranger.takeHints();
  await stranger.sendHints();
  expect(await stranger.receive()).toHaveProperty("offer");
  stranger.send({ answer: { file_ack: "ok" } });
  return stranger.transit.connect();
}
