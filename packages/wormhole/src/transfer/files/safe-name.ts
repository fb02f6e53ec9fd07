import { printable } from "../../base/printable.ts";
import { TransferError } from "../../errors.ts";

/** One component of a path that is safe to create in a folder: made by {@link safeName} and {@link safePath} alone. */
export type SafeName = string & { readonly [safeNameBrand]: true };
declare const safeNameBrand: unique symbol;

/** The longest component that ext4, APFS, NTFS and their kin take, in bytes and in UTF-16 units. */
const MAX_NAME = 255;
/** The longest path that Linux takes, in bytes. */
const MAX_PATH = 4096;
/** Folders within folders: deeper trees are made to hurt, not to hold files. */
const MAX_DEPTH = 64;

const CONTROL = /[\p{Cc}\p{Cs}]/u;
/** Direction marks, zero-width characters, and what has no meaning or no agreed one: names that are not what they seem. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u;
/** Names of devices in Windows, in every folder and with any extension. */
const DEVICE = /^(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) *(\.|$)/i;

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

function refuse(untrusted: string, reason: string): never {
  throw new TransferError(`The name '${printable(untrusted, { width: 80 })}' was refused: ${reason}.`);
}

/** What no file system may be asked to create. */
function refuseImpossible(name: string, untrusted: string): void {
  if (name === "") refuse(untrusted, "a name must not be empty");
  if (name === "." || name === "..") refuse(untrusted, "it means a folder, not a file in it");
  if (CONTROL.test(name)) refuse(untrusted, "it contains control characters");
  if (name.length > MAX_NAME || utf8Length(name) > MAX_NAME) refuse(untrusted, "it is longer than 255 bytes");
}

/** What is a plain name on one system and something else on another, or not what it looks like. */
function refuseDeceptive(name: string, untrusted: string): void {
  if (INVISIBLE.test(name)) refuse(untrusted, "it contains invisible characters");
  if (name.includes(":")) refuse(untrusted, "it contains a colon");
  if (/[. ]$/.test(name)) refuse(untrusted, "it ends with a dot or a blank");
  if (DEVICE.test(name)) refuse(untrusted, "it is the name of a device in Windows");
}

/**
 * Makes a stranger's file name the name of something in the folder we chose, or refuses it.
 *
 * Of a name with folders in it (`/` or `\`) the last component is taken, as the Python program does: the person who is
 * asked sees the name that will be used. Everything else that is not a plain name on every system is refused, because
 * a person can give another name, and because a changed name surprises.
 *
 * @throws {TransferError} with the reason
 */
export function safeName(untrusted: string): SafeName {
  const name = untrusted.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  refuseImpossible(name, untrusted);
  refuseDeceptive(name, untrusted);
  return name as SafeName;
}

/**
 * Makes the name of an archive's entry a path inside the folder the archive is unpacked to, or refuses it.
 *
 * Nothing is taken off a path that leads outside: it is refused. `./` and a trailing `/` are understood, so the root
 * itself is the empty path. On POSIX systems a folder may hold names that only Windows (or an eye) takes for something
 * else, such as `aux.c` or `12:30.png`: they are accepted unless `portable` asks for the rules of {@link safeName}.
 *
 * @throws {TransferError} with the reason
 */
export function safePath(untrusted: string, options: { portable: boolean }): readonly SafeName[] {
  const parts = untrusted
    .normalize("NFC")
    .replace(/[/\\]$/, "")
    .split(/[/\\]/);
  const names = parts.filter((part) => part !== ".");
  const absolute = /^[/\\]/.test(untrusted) || /^[A-Za-z]:/.test(names[0] ?? "");
  if (absolute || names.includes("..")) refuse(untrusted, "it leads outside of the folder");
  if (names.length > MAX_DEPTH || utf8Length(untrusted) > MAX_PATH) refuse(untrusted, "it is too long a path");
  for (const name of names) {
    refuseImpossible(name, untrusted);
    if (options.portable) refuseDeceptive(name, untrusted);
  }
  return names as SafeName[];
}
