/** Opening the members of a folder: what is opened must be what was announced. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { isSame } from "../files/identity.ts";
import { sourceChanged, sourceUnreadable } from "./read-file.node.ts";
import type { FolderMember, FoundFolder } from "./scanned-folder.node.ts";
import { OPEN_FLAGS, type SourceFolder } from "./source-folder.node.ts";

/** The files of a folder that has been listed. */
export class MemberFiles {
  readonly #root: SourceFolder;
  readonly #name: string;
  readonly #grown: (shown: string) => void;
  #folder: { readonly found: FoundFolder; readonly held: SourceFolder } | undefined;

  /** `name` is that of the folder. `grown` is called with the path of a file that has more bytes than were announced. */
  constructor(root: SourceFolder, name: string, grown: (shown: string) => void) {
    this.#root = root;
    this.#name = name;
    this.#grown = grown;
  }

  /** The path of a member for messages. */
  shown({ path }: FolderMember): string {
    return `${this.#name}/${path}`;
  }

  /** Reports that a file has more bytes than were announced. */
  grown(member: FolderMember): void {
    this.#grown(this.shown(member));
  }

  /** Opens a file, and reports whether it has grown. Returns its descriptor. @throws {LocalError} `source-changed` */
  open(member: FolderMember): number {
    let file: number | undefined;
    try {
      const way = this.#wayTo(member);
      file = openSync(way.path, OPEN_FLAGS);
      if (this.#compare(file, member, way)) this.grown(member);
      return file;
    } catch (error) {
      if (file !== undefined) closeSync(file);
      return sourceUnreadable(this.shown(member), error);
    }
  }

  /** Opens a file that is read without blocking the event loop. @throws {LocalError} `source-changed` */
  async openLarge(member: FolderMember): Promise<FileHandle> {
    let file: FileHandle | undefined;
    try {
      const way = this.#wayTo(member);
      file = await open(way.path, OPEN_FLAGS);
      this.#compare(file.fd, member, way);
      return file;
    } catch (error) {
      await file?.close();
      return sourceUnreadable(this.shown(member), error);
    }
  }

  /** Closes the subfolder that was read last. */
  close(): void {
    this.#folder?.held.close();
    this.#folder = undefined;
  }

  /**
   * The way to a file: through the handle of its folder, or else by its path. The members of a folder come one after the
   * other, so each folder is opened once.
   */
  #wayTo({ folder, location }: FolderMember): WayToMember {
    const held = folder && this.#root.isHeld ? this.#enter(folder) : undefined;
    if (held === undefined) return { path: this.#root.at(location), isHeld: false };
    return { path: held.at(location.slice(location.lastIndexOf("/") + 1)), isHeld: true };
  }

  /** Opens the folder in which members were found. Undefined if it is no longer there. */
  #enter(folder: FoundFolder): SourceFolder | undefined {
    if (this.#folder?.found === folder) return this.#folder.held;
    this.close();
    try {
      this.#folder = { found: folder, held: this.#root.openAt(folder.location || ".", folder) };
      return this.#folder.held;
    } catch {
      return undefined;
    }
  }

  /**
   * Requires the file that was announced. A program that saves a file may replace it by a new one, and that one is taken if
   * it has the same size. No component of its path may be a link. Returns whether the file has grown.
   */
  #compare(file: number, member: FolderMember, { isHeld }: WayToMember): boolean {
    const stats = fstatSync(file);
    const shown = this.shown(member);
    if (!stats.isFile()) sourceChanged(shown, "has been replaced by something else");
    const isUnreplaced = isSame(stats, member);
    const isAsBefore = isUnreplaced || stats.size === member.size;
    // Where folders cannot be held, the identity of the file must do; to follow the path again would be slow.
    const isReached = isHeld || (isUnreplaced && !this.#root.isHeld) || this.#root.reaches(file, member.location);
    if (!isAsBefore || !isReached) sourceChanged(shown, "has been replaced by another file");
    if (stats.size < member.size) sourceChanged(shown, "has become shorter");
    return stats.size > member.size;
  }
}

/** How a file is opened. */
interface WayToMember {
  readonly path: string | Buffer;
  /** Whether the path begins at the handle of the folder in which the file was found. */
  readonly isHeld: boolean;
}
