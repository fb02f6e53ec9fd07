/** Errors of the system about files, in words for people. */
import { codeOf, messageOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";

/** The reason of an error of the system, in plain words if its code is known. */
export function systemReason(error: unknown): string {
  return REASONS[codeOf(error) ?? ""] ?? printable(messageOf(error));
}

const REASONS: Record<string, string> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  EPIPE: "the program that reads it has ended",
  EBADF: "it is not open for this",
  ENXIO: "the device does not exist",
  ELOOP: "it is a symbolic link, or part of a loop of links",
  EIO: "the disk reported an error",
  ENAMETOOLONG: "the name is too long",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EAGAIN: "it has no content at the moment",
  ECHANGED: "it was replaced while the folder was being listed",
  EUNSIZED: "its size is unknown, and it is too large to be measured. Copy it first, and send the copy",
};
