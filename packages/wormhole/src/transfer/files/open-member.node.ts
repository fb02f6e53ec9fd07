/** Opening the members of a folder: what is opened must be what was announced. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { sourceChanged, sourceUnreadable } from "./read-file.node.ts";
import type { FolderMember } from "./scan-folder.node.ts";
import { isSame, OPEN_FLAGS, type SourceFolder } from "./source-folder.node.ts";

/** The files of a folder that has been listed. */
export class MemberFiles {
  readonly #root: SourceFolder;
  readonly #name: string;
  readonly #grown: (shown: string) => void;

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
      file = openSync(this.#root.at(member.location), OPEN_FLAGS);
      if (this.#compare(file, member)) this.grown(member);
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
      file = await open(this.#root.at(member.location), OPEN_FLAGS);
      this.#compare(file.fd, member);
      return file;
    } catch (error) {
      await file?.close();
      return sourceUnreadable(this.shown(member), error);
    }
  }

  /**
   * Requires the file that was announced. A program that saves a file may replace it by a new one: that one is taken if
   * it has the same size, and nothing on the way to it is a link. Returns whether the file has grown.
   */
  #compare(file: number, member: FolderMember): boolean {
    const stats = fstatSync(file);
    const shown = this.shown(member);
    if (!stats.isFile()) sourceChanged(shown, "has been replaced by something else");
    if (!isSame(stats, member) && !(stats.size === member.size && this.#root.reaches(file, member.location))) {
      sourceChanged(shown, "has been replaced by another file");
    }
    if (stats.size < member.size) sourceChanged(shown, "has become shorter");
    return stats.size > member.size;
  }
}
