/** The members of a folder that cannot be sent: collected, so that one error names all of them. */
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";

/** A member that is left out, and why. */
export interface Skipped {
  /** It begins with the name of the folder that is sent. */
  readonly path: string;
  readonly reason: string;
}

/** Members that an error names. More are only counted. */
const MAX_NAMED = 20;
/** Columns of a path in a message: enough for every path of a system, because the end of a path tells most. */
const PATH_WIDTH = 4096;

/** A path in quotes, safe to show. */
export const quote = (path: string): string => `'${printable(path, { width: PATH_WIDTH })}'`;

/** Collects members that cannot be sent. */
export class Offenders {
  readonly #all: Skipped[] = [];
  readonly #loops: Skipped[] = [];
  readonly #folder: string;
  #outside = 0;

  /** `folder` is the name of the folder that is sent. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In the order in which they were found. */
  get all(): readonly Skipped[] {
    return this.#all;
  }

  /** Links that lead back to a folder above. They are left out, and are no reason to refuse the folder. */
  get loops(): readonly Skipped[] {
    return this.#loops;
  }

  /** Adds a member. `path` is relative to the folder, and `reason` completes the sentence "It cannot be sent: …". */
  add(path: string, reason: string): void {
    this.#all.push({ path: this.#named(path), reason });
  }

  /** Adds a link that leads nowhere. `target` is its text, and `why` completes the sentence "It is a link to 'target', …". */
  addBroken(path: string, target: string, why: string): void {
    this.add(path, `it is a link to ${quote(target)}, ${why}`);
  }

  /** Adds a link that leads outside of the folder. */
  addOutside(path: string, target: string): void {
    this.#outside += 1;
    this.add(path, `it is a link that leads outside the folder, to ${quote(target)}`);
  }

  /** Adds a link that leads back to a folder above. */
  addLoop(path: string): void {
    this.#loops.push({ path: this.#named(path), reason: "it leads back to a folder that contains it" });
  }

  /** @throws {UnsendableFileError} naming all members, if there is one */
  throwIfAny(): void {
    const [first] = this.#all;
    if (first === undefined) return;
    const paths = this.#all.map(({ path }) => path);
    const remedies =
      this.#outside > 0 ? (["ignoreUnsendable", "followLinks"] as const) : (["ignoreUnsendable"] as const);
    throw new UnsendableFileError(first.path, `${this.#sentence()}${this.#advice()}`, { paths, remedies });
  }

  #sentence(): string {
    const [first] = this.#all;
    if (first !== undefined && this.#all.length === 1) return `${quote(first.path)} cannot be sent: ${first.reason}. `;
    const named = this.#all.slice(0, MAX_NAMED).map(({ path, reason }) => `  ${quote(path)}: ${reason}`);
    const more = this.#all.length - named.length;
    const lines = more > 0 ? [...named, `  and ${more} more`] : named;
    return `${this.#all.length} members of ${quote(this.#folder)} cannot be sent:\n${lines.join("\n")}\n`;
  }

  #advice(): string {
    const leaveOut = `The option \`ignoreUnsendable\` leaves ${this.#all.length === 1 ? "it" : "them"} out.`;
    return this.#outside === 0 ? leaveOut : `${leaveOut} The option \`followLinks\` sends what links lead to.`;
  }

  /** @throws {UnsendableFileError} for the folder as a whole. `reason` completes the sentence "It cannot be sent: …" */
  refuseAll(reason: string): never {
    throw new UnsendableFileError(this.#folder, `${quote(this.#folder)} cannot be sent: ${reason}.`);
  }

  #named(path: string): string {
    return path === "" ? this.#folder : `${this.#folder}/${path}`;
  }
}
