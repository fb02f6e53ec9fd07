/** The targets of the links in a folder that is sent. */
import { readlinkSync, type Stats } from "node:fs";
import { codeOf } from "../../base/caught.ts";
import { systemReason } from "../files/system-reason.ts";
import { decodeName } from "../names/name-bytes.node.ts";
import { realPath, type SourceFolder } from "./source-folder.node.ts";

/** What a link leads to. */
export type LinkTarget =
  | { readonly location: string; readonly isInside: boolean; readonly stats: Stats }
  /** It says `text`, and leads nowhere. */
  | { readonly text: string; readonly broken: string }
  /** It leads to this path, and such links are not followed. */
  | { readonly outside: string };

/** Follows links, each of them once: links to folders lead to the same links again and again. */
export class Links {
  readonly #root: SourceFolder;
  readonly #followOutside: boolean;
  readonly #targets = new Map<string, LinkTarget>();

  constructor(root: SourceFolder, followOutside: boolean) {
    this.#root = root;
    this.#followOutside = followOutside;
  }

  /** What the link at a location leads to. `link` is the path at which it can be read now. @throws the system's error */
  follow(location: string, link: string | Buffer): LinkTarget {
    const known = this.#targets.get(location);
    if (known !== undefined) return known;
    const target = this.#resolve(link);
    this.#targets.set(location, target);
    return target;
  }

  #resolve(link: string | Buffer): LinkTarget {
    const text = decodeName(readlinkSync(link, "buffer"));
    let real: string;
    try {
      real = realPath(link);
    } catch (error) {
      return { text, broken: whyBroken(error) };
    }
    const inside = this.#root.locate(real);
    if (inside === undefined && !this.#followOutside) return { outside: real };
    const location = inside ?? real;
    return { location, isInside: inside !== undefined, stats: this.#root.statAt(location || ".") };
  }
}

/** Completes the sentence "It is a link to 'target', …". */
function whyBroken(error: unknown): string {
  if (codeOf(error) === "ENOENT") return "which does not exist";
  return codeOf(error) === "ELOOP" ? "which leads back to the link" : `which cannot be opened: ${systemReason(error)}`;
}
