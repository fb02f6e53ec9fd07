/**
 * The rules of the systems for the names of files and folders. A name that the system allows is kept. Every other one is
 * changed as little as possible, and the caller tells the person.
 */
import { canonicalName } from "./name-bytes.ts";

/** Systems with different rules: `posix` stands for Linux and its kin. */
export type NamePlatform = "posix" | "darwin" | "windows";

/** A name that the system allows. */
export interface KeptName {
  readonly name: string;
  /** Why it differs from the offered name, as in "it is longer than 255 bytes". Missing if it is the same. */
  readonly reason?: string;
}

/** The longest name that ext4, APFS and NTFS accept. Windows counts UTF-16 units, the others bytes. */
const MAX_NAME_LENGTH = 255;
/** An extension such as `.txt` or `.tar.gz`, which stays whole. A dot at the start is part of the name. */
const EXTENSION = /(?<=[^.])(?:\.tar)?\.[\p{L}\p{N}_-]{1,19}$/u;
/** Names that are tried for one file or folder, the wanted one included. */
const MOST_NAMES = 1000;

/** A rule: what becomes of a name, and why. */
interface Rule {
  readonly change: (name: string) => string;
  readonly reason: string;
}

/** Lone surrogates that stand for no byte. */
const HALVES = /[\ud800-\udc7f\udd00-\udfff]/gu;
const NUL: Rule = { change: (name) => name.replaceAll("\0", "_"), reason: "it contains a NUL" };
const RAW_BYTES: Rule = {
  change: (name) => name.replace(/[\udc80-\udcff]/gu, "_"),
  reason: "it contains bytes that are not UTF-8",
};
const RESERVED: Rule = {
  change: (name) => name.replace(/[<>:"|?*\\\x01-\x1f]/g, "_"),
  reason: "it contains characters that Windows does not allow",
};
/** Without a regular expression, because its time would grow with the square of the length. */
const BAD_END: Rule = {
  change(name) {
    let end = name.length;
    while (end > 0 && (name[end - 1] === "." || name[end - 1] === " ")) end -= 1;
    return name.slice(0, end) + "_".repeat(name.length - end);
  },
  reason: "it ends with a dot or a space",
};
/** Windows reserves these names in every folder and with every extension. */
const DEVICE = /^((?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]) *)(?=\.|$)/i;
const DEVICE_NAME: Rule = {
  change: (name) => name.replace(DEVICE, "$1_"),
  reason: "it is the name of a Windows device",
};

const RULES: { readonly [P in NamePlatform]: readonly Rule[] } = {
  posix: [NUL],
  darwin: [NUL, RAW_BYTES],
  windows: [NUL, RAW_BYTES, RESERVED, BAD_END, DEVICE_NAME],
};

/**
 * Returns the name under which a file or folder of this name can be stored. It has no `/` and is not `.` or `..`, and
 * neither is the result.
 */
export function keepName(untrusted: string, platform: NamePlatform): KeptName {
  const kept = applyRules(untrusted, platform);
  if (!isTooLong(kept.name, platform)) return kept;
  const reason =
    kept.reason ?? `it is longer than ${MAX_NAME_LENGTH} ${platform === "windows" ? "characters" : "bytes"}`;
  // The cut may have put a blank at the end.
  return { name: applyRules(shortenName(kept.name, platform), platform).name, reason };
}

function applyRules(untrusted: string, platform: NamePlatform): KeptName {
  const whole = untrusted.replace(HALVES, "_");
  let reason = whole === untrusted ? undefined : "it contains half of a character";
  // Bytes that are valid UTF-8 together are no reason to change a name.
  let name = canonicalName(whole);
  for (const rule of RULES[platform]) {
    const changed = rule.change(name);
    if (changed !== name) reason ??= rule.reason;
    name = changed;
  }
  return reason === undefined ? { name } : { name, reason };
}

/** Adds a number before the extension, as in `a (1).txt`. The result is no longer than the system allows. */
export function numberName(name: string, number: number, platform: NamePlatform): string {
  const [stem, extension] = splitExtension(name);
  const end = ` (${number})${extension}`;
  return cut(stem, MAX_NAME_LENGTH - lengthOf(end, platform), platform) + end;
}

/** Yields a name, and then the other ones that are tried if it is taken: `a.txt`, `a (1).txt`, `a (2).txt`…. */
export function* numberedNames(wanted: string, platform: NamePlatform): Generator<string, void, void> {
  yield wanted;
  for (let number = 1; number < MOST_NAMES; number++) yield numberName(wanted, number, platform);
}

/** Shortens a name to `length`, by default the longest that the system allows. The extension stays. */
export function shortenName(name: string, platform: NamePlatform, length = MAX_NAME_LENGTH): string {
  const [stem, extension] = splitExtension(name);
  return cut(stem, length - lengthOf(extension, platform), platform) + extension;
}

/** Two names of one folder with the same result are one name for the system: macOS and Windows ignore the case. */
export function foldName(name: string, platform: NamePlatform): string {
  return platform === "posix" ? name : name.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** A UTF-16 unit has at most three bytes, so most names need not be measured. */
const isTooLong = (name: string, platform: NamePlatform): boolean =>
  name.length * 3 > MAX_NAME_LENGTH && lengthOf(name, platform) > MAX_NAME_LENGTH;

function lengthOf(name: string, platform: NamePlatform): number {
  let length = 0;
  for (const character of name) length += lengthOfCharacter(character, platform);
  return length;
}

function lengthOfCharacter(character: string, platform: NamePlatform): number {
  if (platform === "windows") return character.length;
  const point = character.codePointAt(0) ?? 0;
  // A byte that is not UTF-8.
  if (point >= 0xdc80 && point <= 0xdcff) return 1;
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
}

/** Returns the start of a text that is not longer than `length`, in whole characters. */
function cut(text: string, length: number, platform: NamePlatform): string {
  let start = "";
  let left = length;
  for (const character of text) {
    left -= lengthOfCharacter(character, platform);
    if (left < 0) break;
    start += character;
  }
  return start;
}

/** Splits off an extension such as `.txt` or `.tar.gz`. A dot at the start is part of the name, and so is one before a blank. */
function splitExtension(name: string): [stem: string, extension: string] {
  const extension = EXTENSION.exec(name)?.[0] ?? "";
  return [name.slice(0, name.length - extension.length), extension];
}
