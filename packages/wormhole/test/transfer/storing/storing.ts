/** Places, destinations and targets for tests of storing. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Notice, ReceiveOptions } from "../../../src/transfer/api.ts";
import {
  type ByteOffer,
  type Decision,
  type Destination,
  decide,
  type NewName,
} from "../../../src/transfer/storing/destination.node.ts";
import { closePlace, openPlace, type Place } from "../../../src/transfer/storing/place.node.ts";
import { fileTarget, folderTarget, type Target } from "../../../src/transfer/storing/target.node.ts";
import { sandbox } from "../sandbox.ts";

export type Options = Pick<ReceiveOptions, "directory" | "output" | "overwrite" | "ignoreSpace">;

export const file = (name: string, size = 5): ByteOffer & { kind: "file" } => ({ kind: "file", name, size });
export const folder = (name: string, size = 100, unpackedSize = 50): ByteOffer => ({
  kind: "directory",
  name,
  size,
  unpackedSize,
  files: 1,
});
export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An error of the system with this code. */
export const failure = (code: string): Error =>
  Object.assign(new Error(`${code}: it failed`), { code, syscall: "test" });

/** Creates a folder with a file, a folder, and links. */
export function home(): string {
  const root = sandbox();
  writeFileSync(join(root, "file"), "mine");
  mkdirSync(join(root, "folder"));
  writeFileSync(join(root, "folder", "file"), "mine, too");
  symlinkSync("file", join(root, "link"));
  symlinkSync("folder", join(root, "folder-link"));
  symlinkSync("nowhere", join(root, "dangling"));
  return root;
}

/** Opens a place, which is closed when the test ends. */
export async function place(options: Options): Promise<Place> {
  const opened = await openPlace(options);
  onTestFinished(() => closePlace(opened));
  return opened;
}

/** Decides about an offer at once. */
export async function decided(offer: ByteOffer, options: Options): Promise<Decision> {
  const { overwrite = false, ignoreSpace = false } = options;
  return decide(offer, await place(options), { overwrite, ignoreSpace });
}

/** The destination of an offer. Throws the problem if there is one. */
export async function chosen(offer: ByteOffer, options: Options): Promise<Destination> {
  const { destination, problem } = await decided(offer, options);
  if (destination === undefined) throw problem;
  return destination;
}

async function newName(offer: ByteOffer, options: Options): Promise<NewName> {
  const destination = await chosen(offer, options);
  if (destination.kind === "stream") throw new Error("This is not a name.");
  return destination;
}

/** A target with what it has reported. */
export type Watched = Target & { readonly notices: Notice[] };

/** The target of a file. `text` is written to it. */
export async function newFile(name: string, options: Options, text = "hello"): Promise<Watched> {
  const notices: Notice[] = [];
  const target = await fileTarget(await newName(file(name), options), (notice) => notices.push(notice));
  onTestFinished(() => target.discard());
  await target.write(bytes(text));
  return { ...target, notices };
}

/** The target of a folder. Its archive is unpacked to a folder with one file `inside`. */
export async function newFolder(name: string, options: Options): Promise<Watched> {
  const notices: Notice[] = [];
  const unpack = async (_: unknown, tree: string | Buffer) => {
    mkdirSync(tree);
    writeFileSync(join(String(tree), "inside"), "x");
  };
  const target = await folderTarget(await newName(folder(name), options), (notice) => notices.push(notice), unpack);
  onTestFinished(() => target.discard());
  await target.write(bytes("zip"));
  await target.unpack();
  return { ...target, notices };
}

/** The names of private folders for incomplete data. */
export const parts = (root: string): string[] => readdirSync(root).filter((name) => name.endsWith(".wormhole-part"));
