/** What is to be asked about the name of an offered file or folder before it is accepted. */
import { hidesSomething } from "../../base/invisible.ts";
import type { NameWarning } from "../api.ts";
import { canonicalName } from "./name-bytes.ts";

/**
 * Extensions of files that Windows, macOS or a Linux desktop runs, installs or obeys when a person opens them, with the
 * settings that it comes with. Scripts and packages that honest people send every day are not among them: a program that
 * such files need, or a question of the system, stands between opening and running them.
 */
// biome-ignore format: a table
const EXECUTABLE_EXTENSIONS = new Set([
  // Windows
  ...["exe", "com", "bat", "cmd", "scr", "pif", "cpl", "msi", "msp", "msix", "msixbundle", "appx", "appxbundle", "appinstaller", "application"],
  ...["appref-ms", "gadget", "hta", "chm", "reg", "lnk", "url", "scf", "library-ms", "search-ms", "searchconnector-ms", "settingcontent-ms"],
  ...["theme", "themepack", "deskthemepack", "diagcab", "msc", "rdp", "xll", "wll", "vbs", "vbe", "jse", "wsf", "wsh"],
  // macOS
  ...["app", "command", "tool", "terminal", "workflow", "action", "prefpane", "saver", "webloc", "inetloc", "fileloc", "mobileconfig"],
  // Linux desktops
  ...["desktop", "appimage"],
  // Java, which installs itself for them
  ...["jar", "jnlp"],
]);

/** Those that make a program of a folder, on macOS. A folder `example.com` is only a folder. */
const EXECUTABLE_FOLDERS = new Set(["app", "workflow", "action", "prefpane", "saver"]);

/** Names of files and folders that programs run or obey because they are there, without being opened. */
// biome-ignore format: a table
const OBEYED_NAMES = new Set([
  // Assistants read these as instructions.
  ...["agents.md", "agents.override.md", "agent.md", "claude.md", "claude.local.md", "gemini.md", "copilot-instructions.md", "skill.md", "mcp.json"],
  // Systems
  ...["autorun.inf", "desktop.ini", "authorized_keys", "authorized_keys2", "autostart"],
  // Programs of Node look here for their parts, from every folder below.
  "node_modules",
]);

/**
 * Invisible characters that honest names have: line ends and tabs, the mark at the start of a text, soft hyphens, joiners and
 * variation selectors of half an emoji. They are shown escaped, and move or cover nothing. The characters that begin a command
 * to a terminal are not among them.
 */
const HONEST_INVISIBLE = /(?![\x1b\x9b])\p{Cc}|\p{Zl}|\p{Zp}|\u200d|[\u00ad\u200b\u200c\u2060\ufeff]|[\ufe00-\ufe0f]/gu;
/** More marks on one letter than any spelling has. */
const STACKED_MARKS = /\p{M}{7}/u;
/** Blanks that push the end of the name out of sight. */
const PADDING = /[\s\p{Zs}\u2800]{10}/u;
/** What looks like the extension at the end of the name, but is not, because more follows behind blanks. */
const FALSE_END = /\.[\p{L}\p{N}]{1,8}[\s\p{Zs}\u2800]{3}/u;
/** A blank between the extension that a person sees and the one that counts. */
const PADDED_EXTENSION = /\.[\p{L}\p{N}]{1,8}[\s\p{Zs}]+\.[\p{L}\p{N}]{1,8}$/u;
/** A dot of another script that imitates the one before an extension. */
const FALSE_DOT = /[\u2024\uff0e\ufe52][A-Za-z0-9]{1,5}(?:[\s\p{Zs}.]|$)/u;

/** A name as Windows reads it: without invisible characters, and without blanks and dots at its end. */
function plainName(name: string): string {
  const plain = name
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toLowerCase();
  let end = plain.length;
  while (end > 0 && /[\s.]/.test(plain.charAt(end - 1))) end -= 1;
  return plain.slice(0, end);
}

/** The extension by which systems choose a program, in lower case and without its dot. Empty if the name has no extension. */
export function extensionOf(name: string): string {
  const plain = plainName(name);
  return plain.includes(".") ? plain.slice(plain.lastIndexOf(".") + 1) : "";
}

/** An extension by which Windows chooses the program, as in `a.{20d04fe0-…}`. */
const CLASS_ID = /\.\{[0-9a-f-]{36}\}$/;

function isExecutable(name: string, kind: "file" | "directory"): boolean {
  const extensions = kind === "file" ? EXECUTABLE_EXTENSIONS : EXECUTABLE_FOLDERS;
  const plain = plainName(name);
  // Windows ignores what follows a colon: it names a stream of the same file.
  const file = plainName(plain.split(":", 1)[0] ?? "");
  return [plain, file].some(
    (each) => extensions.has(extensionOf(each)) || OBEYED_NAMES.has(each) || CLASS_ID.test(each),
  );
}

const isMisleading = (name: string): boolean =>
  hidesSomething(name) ||
  STACKED_MARKS.test(name) ||
  PADDING.test(name) ||
  FALSE_END.test(name) ||
  PADDED_EXTENSION.test(name) ||
  FALSE_DOT.test(name);

/** Reasons to look twice at the name of an offer, as it was offered or as it will be stored. */
export function warningsOf(name: string, kind: "file" | "directory" = "file"): readonly NameWarning[] {
  const canonical = canonicalName(name);
  // Bytes that are not UTF-8 are shown escaped, so they hide nothing.
  const shown = canonical.replace(/[\udc80-\udcff]/gu, "?").replace(HONEST_INVISIBLE, "");
  const warnings: NameWarning[] = [];
  if (canonical.startsWith(".")) warnings.push("hidden");
  if (isExecutable(canonical, kind)) warnings.push("executable");
  if (isMisleading(shown)) warnings.push("misleading");
  return warnings;
}
