/** Unpacking archives in tests, and what is on the disk afterwards. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { TransferError, type TransferErrorCode } from "../../../src/errors.ts";
import { nameOfBytes } from "../../../src/transfer/names/name-bytes.ts";
import type { ZipLimits } from "../../../src/transfer/zip/check.node.ts";
import { type Unpacked, unpack } from "../../../src/transfer/zip/unpack.node.ts";
import { sandbox } from "../sandbox.ts";
import { type Crafted, craftZip } from "./crafted-zip.ts";

/** An archive, or the members of one that is to be made. */
export type Archive = readonly Crafted[] | Uint8Array;

/** The archive, and the numbers that an honest offer announces. For bytes, `limits` has them. */
function prepare(archive: Archive, limits: Partial<ZipLimits>): { bytes: Uint8Array; limits: ZipLimits } {
  const defaults = { numbytes: 0, numfiles: 0, platform: "posix" } as const;
  if (archive instanceof Uint8Array) return { bytes: archive, limits: { ...defaults, ...limits } };
  const files = archive.filter(({ name }) => !String(name).endsWith("/"));
  const numbytes = files.reduce((sum, { size, content = "" }) => sum + (size ?? Buffer.from(content).length), 0);
  return { bytes: craftZip([...archive]), limits: { ...defaults, numbytes, numfiles: files.length, ...limits } };
}

/** Returns every path below a folder, with names of any bytes, sorted. The path of a folder ends with `/`. */
export function pathsIn(root: string): string[] {
  const found: string[] = [];
  const list = (folder: Buffer, prefix: Buffer): void => {
    for (const entry of readdirSync(folder, { encoding: "buffer", withFileTypes: true })) {
      const [inner, path] = [
        Buffer.concat([folder, Buffer.from("/"), entry.name]),
        Buffer.concat([prefix, entry.name]),
      ];
      found.push(nameOfBytes(path) + (entry.isDirectory() ? "/" : ""));
      if (entry.isDirectory()) list(inner, Buffer.concat([path, Buffer.from("/")]));
    }
  };
  list(Buffer.from(root), Buffer.alloc(0));
  return found.sort();
}

/** Returns type, permissions and hash of everything below a folder. */
export function snapshot(root: string): Record<string, string> {
  const entries = pathsIn(root).map((path): [string, string] => {
    const { mode } = lstatSync(join(root, path));
    const content = path.endsWith("/")
      ? ""
      : createHash("sha256")
          .update(readFileSync(join(root, path)))
          .digest("hex");
    return [path, `${mode.toString(8)} ${content.slice(0, 8)}`];
  });
  return Object.fromEntries(entries);
}

/** Unpacks an archive. Returns the folder to which it was unpacked, and what is missing or renamed. */
export async function unpackArchive(
  archive: Archive,
  limits: Partial<ZipLimits> = {},
): Promise<Unpacked & { tree: string }> {
  const folder = sandbox();
  mkdirSync(join(folder, "private"));
  const prepared = prepare(archive, limits);
  writeFileSync(join(folder, "private", "zip"), prepared.bytes);
  const tree = join(folder, "private", "tree");
  const unpacked = await unpack(join(folder, "private", "zip"), tree, prepared.limits);
  return { ...unpacked, tree };
}

/** Expects that an archive is refused, that nothing of it is unpacked, and that nothing outside is touched. */
export async function expectRefusal(
  archive: Archive,
  words: RegExp,
  limits: Partial<ZipLimits> = {},
  code?: TransferErrorCode,
): Promise<void> {
  const folder = sandbox();
  mkdirSync(join(folder, "private"));
  const prepared = prepare(archive, limits);
  writeFileSync(join(folder, "victim"), "precious");
  writeFileSync(join(folder, "private", "zip"), prepared.bytes);
  const before = snapshot(folder);
  const tree = join(folder, "private", "tree");
  const error = await unpack(join(folder, "private", "zip"), tree, prepared.limits).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TransferError);
  const { message, code: actual } = error as TransferError;
  expect(message).toMatch(words);
  expect(message).not.toMatch(/[\p{Cc}\u202a-\u202e]/u);
  expect(["damaged", "name-refused"]).toContain(actual);
  if (code !== undefined) expect(actual).toBe(code);
  expect(snapshot(folder)).toEqual(before);
}
