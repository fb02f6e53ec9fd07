/** How many folders may be sent with so many files. The sender keeps this limit before the code, and the receiver keeps it again. */

/** Folders for each announced file. In real trees, most folders hold several files. */
const FOLDERS_PER_FILE = 4;
/** Tolerated beyond that, for trees of empty folders. */
const EXTRA_FOLDERS = 10_000;

/**
 * The most folders that an archive of so many files may have. A folder costs two bytes in the archive, and far more on the
 * disk.
 */
export const maxFolders = (numfiles: number): number => numfiles * FOLDERS_PER_FILE + EXTRA_FOLDERS;
