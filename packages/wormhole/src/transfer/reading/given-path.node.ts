/** The paths that an application or a person gives, and the names under which they are offered. */
import { lstatSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { UnsendableFileError } from "../../errors.ts";
import { decodeName, encodeName } from "../names/name-bytes.node.ts";
import { quote } from "./offenders.ts";
import { realPath } from "./source-folder.node.ts";

/** What stands in a string for bytes that are not UTF-8, if Node has decoded them. */
const REPLACED = "\ufffd";

/**
 * Returns the path that was given. Node decodes the arguments of a program as UTF-8, and replaces other bytes: such a
 * path is completed from the names that exist.
 * @throws {TypeError} if it is neither a string nor a `file:` URL
 * @throws {UnsendableFileError} if it is empty, or stands for several files
 */
export function givenPath(path: unknown): string {
  const text = path instanceof URL ? pathOfUrl(path) : path;
  if (typeof text !== "string") throw new TypeError("path must be a string or a file: URL");
  if (text === "") throw new UnsendableFileError("", "The path is empty. Name a file or a folder.");
  return text.includes(REPLACED) ? recover(text) : text;
}

function pathOfUrl(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (error) {
    throw new TypeError("path must be a string or a file: URL", { cause: error });
  }
}

function recover(path: string): string {
  let found = path.startsWith("/") ? "/" : "";
  for (const part of path.split("/").filter((each) => each !== "")) {
    const name = exists(found + part) ? part : theOnlyOne(path, found, part);
    if (name === undefined) return path;
    found += `${name}/`;
  }
  return found.slice(0, -1);
}

/** The name in a folder that Node would decode like this one. */
function theOnlyOne(path: string, folder: string, replaced: string): string | undefined {
  const names = readdirSync(encodeName(folder || "."), "buffer");
  const [name, ...others] = names.filter((each) => each.toString() === replaced);
  if (others.length === 0) return name && decodeName(name);
  throw new UnsendableFileError(path, `${quote(path)} stands for several files whose names are not UTF-8. Rename one.`);
}

function exists(path: string): boolean {
  try {
    lstatSync(encodeName(path));
    return true;
  } catch {
    return false;
  }
}

/**
 * Returns the name under which a path is offered: its last component, even if that is a link. If the path ends with `.` or
 * `..`, only the system knows the name. It is empty for the root of a file system.
 * @throws the system's error
 */
export function nameOfPath(path: string): string {
  const name = path
    .split(process.platform === "win32" ? /[/\\]/ : "/")
    .filter((part) => part !== "" && part !== ".")
    .at(-1);
  const isName = name !== undefined && name !== ".." && !(process.platform === "win32" && /^[a-z]:$/i.test(name));
  return isName ? name : basename(realPath(encodeName(path)));
}
