/**
 * The tree of files and folders in a received archive, and the names under which they are stored. Two entries of one name
 * would overwrite each other, so no honest archive has them; two names that are one for this system get a number.
 */
import { printable } from "../../base/printable.ts";
import { foldName, keepName, type NamePlatform, numberName } from "../names/name-rules.ts";
import type { ZipEntry } from "./entry.ts";
import { refuseDamaged, refuseHostile } from "./refusal.ts";

/** A file or a folder of the tree. */
interface Member {
  /** Undefined for the root only. */
  readonly parent: TreeFolder | undefined;
  /** As the archive has it. Empty for the root. */
  readonly name: string;
  /** The name to create. The system may force another choice later. */
  storedAs: string;
}

/** A folder. */
export interface TreeFolder extends Member {
  readonly kind: "folder";
  /** Undefined if the folder has no entry of its own, or one without permissions. */
  mode: number | undefined;
  modified: Date | undefined;
  /** Whether it has an entry of its own. The other folders are implied by what is in them. */
  listed: boolean;
  /** What is in it, by name. */
  readonly members: Map<string, TreeMember>;
}

/** A file. */
export interface TreeFile extends Member {
  readonly kind: "file";
  readonly parent: TreeFolder;
  readonly entry: ZipEntry;
}

/** A file or a folder. */
export type TreeMember = TreeFile | TreeFolder;

/** The path of a member in the archive, below the root. Untrusted. */
export function offeredPath(member: TreeMember): string {
  return pathBy(member, ({ name }) => name);
}

/** The path of a member on the disk, below the root. */
export function storedPath(member: TreeMember): string {
  return pathBy(member, ({ storedAs }) => storedAs);
}

function pathBy(member: TreeMember, name: (member: TreeMember) => string): string {
  const names: string[] = [];
  for (let each: TreeMember = member; each.parent !== undefined; each = each.parent) names.push(name(each));
  return names.reverse().join("/");
}

/** A tree that is built entry by entry. */
export class Tree {
  readonly root: TreeFolder = newFolder(undefined, "");
  /** Every folder except the root. A folder comes before those in it. */
  readonly folders: TreeFolder[] = [];
  readonly files: TreeFile[] = [];
  readonly #maxFolders: number;

  /** `maxFolders` counts those, too, that have no entry of their own. */
  constructor(maxFolders: number) {
    this.#maxFolders = maxFolders;
  }

  /** Adds a file, and the folders that contain it. @throws {TransferError} if the name is taken, or is the root's */
  addFile(path: readonly string[], entry: ZipEntry): void {
    const name = path.at(-1);
    if (name === undefined) refuseHostile("a file has no name");
    const parent = this.#folderAt(path.slice(0, -1));
    const file: TreeFile = { kind: "file", parent, name, storedAs: name, entry };
    if (parent.members.has(name)) refuseTwice(file);
    parent.members.set(name, file);
    this.files.push(file);
  }

  /** Adds a folder, and those that contain it. @throws {TransferError} if the name is taken */
  addFolder(path: readonly string[], { mode, modified }: Pick<ZipEntry, "mode" | "modified">): void {
    const folder = this.#folderAt(path);
    if (folder.listed) refuseTwice(folder);
    folder.listed = true;
    folder.mode = mode === 0 ? undefined : mode & 0o777;
    folder.modified = modified;
  }

  #folderAt(path: readonly string[]): TreeFolder {
    let folder = this.root;
    for (const name of path) {
      const member = folder.members.get(name) ?? this.#addImplied(folder, name);
      if (member.kind === "file") refuseTwice(member);
      folder = member;
    }
    return folder;
  }

  #addImplied(parent: TreeFolder, name: string): TreeFolder {
    if (this.folders.length >= this.#maxFolders) refuseDamaged("it has far more folders than its announced files need");
    const folder = newFolder(parent, name);
    parent.members.set(name, folder);
    this.folders.push(folder);
    return folder;
  }

  /** Chooses the names to create, by the rules of the system. Names that stay as they are have priority. */
  chooseNames(platform: NamePlatform): void {
    for (const folder of [this.root, ...this.folders]) chooseNamesIn(folder, platform);
  }
}

const newFolder = (parent: TreeFolder | undefined, name: string): TreeFolder => ({
  ...{ kind: "folder", parent, name, storedAs: name, members: new Map() },
  ...{ mode: undefined, modified: undefined, listed: false },
});

function chooseNamesIn({ members }: TreeFolder, platform: NamePlatform): void {
  const taken = new Set<string>();
  const take = (name: string): boolean => {
    const key = foldName(name, platform);
    if (taken.has(key)) return false;
    taken.add(key);
    return true;
  };
  const changed = [...members.values()].filter((member) => {
    const { name, reason } = keepName(member.name, platform);
    member.storedAs = name;
    return reason !== undefined || !take(name);
  });
  // Thousands of names may become one, so each of them goes on counting where the last one stopped.
  const numbers = new Map<string, number>();
  for (const member of changed) {
    const wanted = member.storedAs;
    const key = foldName(wanted, platform);
    let number = numbers.get(key) ?? 0;
    while (!take(member.storedAs)) member.storedAs = numberName(wanted, ++number, platform);
    numbers.set(key, number);
  }
}

function refuseTwice(member: TreeMember): never {
  refuseHostile(`it has '${printable(offeredPath(member), { width: 80 })}' twice`);
}
