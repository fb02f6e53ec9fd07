/** A folder that has been listed in order to be sent, and its members. */
import type { FileIdentity } from "../files/identity.ts";
import type { UnportableNames } from "../names/unportable-names.ts";
import type { Skipped } from "./offenders.ts";
import type { Repeats } from "./repeats.ts";
import type { SourceFolder } from "./source-folder.node.ts";

/** A file or folder that is to be sent. */
export interface FolderMember extends FileIdentity {
  /** Relative to the folder that is sent, separated by `/`. The path of a folder ends with `/`. */
  readonly path: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** As in Unix, type included: `0o100644`. */
  readonly mode: number;
  readonly modified: Date;
  /** Where it is, without links: relative to the folder that is sent, or absolute if a link led outside. */
  readonly location: string;
  /** The folder in which it was found. A file that a link led to has none. */
  readonly folder?: FoundFolder;
  /** The content of a file that has no true size, as in `/proc`. It was read when the folder was listed. */
  readonly content?: Uint8Array;
}

/** A folder in which members were found. */
export interface FoundFolder extends FileIdentity<bigint> {
  /** See {@link FolderMember.location}. */
  readonly location: string;
}

/** A folder that has been listed. It is held open until `root.close()` is called. */
export interface ScannedFolder {
  readonly root: SourceFolder;
  /** Every file, and every folder that is empty, in a fixed order. */
  readonly members: readonly FolderMember[];
  /** Every other folder, the root included under the path `./`. A folder comes after those in it. */
  readonly folders: readonly FolderMember[];
  /** The path of each begins with the name of the folder. */
  readonly skipped: readonly Skipped[];
  readonly repeats: Repeats;
  readonly unportable: UnportableNames;
}
