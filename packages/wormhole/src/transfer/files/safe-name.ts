/** Names of files from a peer, made safe to create or refused. Every name that a peer chooses passes through here. */
import { printable } from "../../base/printable.ts";
import { TransferError } from "../../errors.ts";

/** A component of a path that is safe to create in a folder. Only {@link safeName} and `safePath` make one. */
export type SafeName = string & { readonly [safeNameBrand]: true };
declare const safeNameBrand: unique symbol;

/** The longest component that ext4, APFS and NTFS accept. It is checked in bytes and in UTF-16 units. */
const MAX_NAME_LENGTH = 255;
/** The longest path that Linux accepts. */
const MAX_PATH_BYTES = 4096;
/** Levels of folders in an archive. Deeper trees are attacks. */
const MAX_DEPTH = 64;

const CONTROL = /[\p{Cc}\p{Cs}]/u;
/** Direction marks, zero-width characters, and characters without an agreed meaning: they make a name misleading. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u;
/** Names of Windows devices. They are reserved in every folder and with every extension. */
const DEVICE = /^(CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³]) *(\.|$)/i;

const utf8Length = (text: string): number => new TextEncoder().encode(text).length;

function refuse(untrusted: string, reason: string): never {
  throw new TransferError(`The name '${printable(untrusted, { width: 80 })}' was refused: ${reason}.`);
}

/** Refuses names that must not be created on any system. */
function refuseImpossible(name: string, untrusted: string): void {
  if (name === "") refuse(untrusted, "it is empty");
  if (name === "." || name === "..") refuse(untrusted, "it refers to a folder, not to a file in it");
  if (CONTROL.test(name)) refuse(untrusted, "it contains control characters");
  if (name.length > MAX_NAME_LENGTH || utf8Length(name) > MAX_NAME_LENGTH)
    refuse(untrusted, "it is longer than 255 bytes");
}

/** Refuses names that have another meaning on another system, or that people would take for another name. */
function refuseDeceptive(name: string, untrusted: string): void {
  if (INVISIBLE.test(name)) refuse(untrusted, "it contains invisible characters");
  if (name.includes(":")) refuse(untrusted, "it contains a colon");
  if (/[. ]$/.test(name)) refuse(untrusted, "it ends with a dot or a space");
  if (DEVICE.test(name)) refuse(untrusted, "it is the name of a Windows device");
}

/**
 * Turns an untrusted file name into the name of something in a chosen folder, or refuses it.
 *
 * If the name contains `/` or `\`, its last component is used, as the Python program does. Every other name that is not
 * a plain name on all systems is refused rather than changed: the person can choose another name, and would not expect
 * a changed one.
 *
 * @throws {TransferError} with the reason
 *
 * @example
 * const name = safeName("../../etc/passwd"); // "passwd"
 */
export function safeName(untrusted: string): SafeName {
  const name = untrusted.normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  refuseImpossible(name, untrusted);
  refuseDeceptive(name, untrusted);
  return name as SafeName;
}

/**
 * Turns the untrusted name of an archive's entry into a path below the folder to which the archive is unpacked, or
 * refuses it. The root itself is the empty path; `./` and a trailing `/` are allowed.
 *
 * A path that leads outside is refused, not shortened. On POSIX systems a folder may well hold names that are special
 * only on Windows, such as `aux.c` or `12:30.png`. They are accepted, unless `portable` asks for the rules of
 * {@link safeName}.
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
  if (absolute || names.includes("..")) refuse(untrusted, "it leads outside the folder");
  if (names.length > MAX_DEPTH || utf8Length(untrusted) > MAX_PATH_BYTES)
    refuse(untrusted, "its path is too long or too deep");
  for (const name of names) {
    refuseImpossible(name, untrusted);
    if (options.portable) refuseDeceptive(name, untrusted);
  }
  return names as SafeName[];
}
