/**
 * Private folders in which received data is stored until it is complete. They lie beside the destination, so that a
 * complete file only needs a name, and so that files in them get what the destination gives: group, ACL and umask.
 */
import { createHash, randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { chmod, lstat, mkdir, readdir, rm, rmdir } from "node:fs/promises";
import { hostname } from "node:os";
import { codeOf } from "../../base/caught.ts";
import { type FilePath, HeldFolder } from "./held-folder.node.ts";

/** The names of these folders, and of the files that older versions made. The second part says which process made it. */
const NAME = /^\.[0-9a-f]{16}(?:\.([0-9a-f]{8})-(\d+)-([0-9a-z]+))?\.wormhole-part$/;

interface Maker {
  /** The machine since its last start, and the container, in which process numbers are unique. */
  readonly machine: string;
  readonly pid: string;
  /** When the process began, because numbers are used again. */
  readonly begun: string;
}

let maker: Maker | undefined;

function thisProcess(): Maker {
  maker ??= {
    machine: createHash("sha256").update(`${hostname()}\n${bootId()}\n${container()}`).digest("hex").slice(0, 8),
    pid: String(process.pid),
    begun: Math.round(performance.timeOrigin).toString(36),
  };
  return maker;
}

const bootId = (): string => orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
const container = (): string => orNothing(() => readlinkSync("/proc/self/ns/pid"));

/** Facts that only Linux has, and not in every sandbox. */
function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/**
 * The process that made the folder or file of this name: it is `running`, it has `ended`, or that is `unknown` because it
 * is on another machine. Undefined if it is not a name of this program.
 */
export function makerOf(name: string): "running" | "ended" | "unknown" | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, machine, pid, begun] = match;
  const own = thisProcess();
  if (machine !== own.machine) return "unknown";
  if (pid === own.pid) return begun === own.begun ? "running" : "ended";
  return isRunning(Number(pid)) ? "running" : "ended";
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

/** A new private folder with a random name. Its members are called `file`, `zip` and `tree`. */
export class Staging {
  readonly #parent: HeldFolder;
  readonly #name: string;
  readonly #folder: HeldFolder;
  #kept = false;

  private constructor(parent: HeldFolder, name: string, folder: HeldFolder) {
    this.#parent = parent;
    this.#name = name;
    this.#folder = folder;
  }

  /** Creates the folder in `parent`. @throws the system's error */
  static async create(parent: HeldFolder): Promise<Staging> {
    const { machine, pid, begun } = thisProcess();
    const name = `.${randomBytes(8).toString("hex")}.${machine}-${pid}-${begun}.wormhole-part`;
    const path = await parent.at(name);
    await mkdir(path, 0o700);
    try {
      return new Staging(parent, name, await HeldFolder.open(path, { followLink: false }));
    } catch (error) {
      await rmdir(path).catch(() => {});
      throw error;
    }
  }

  /** The path of a member, for one call of `node:fs`. */
  at(member: StagingMember): Promise<FilePath> {
    return this.#folder.at(member);
  }

  /** The path of a member, for people. */
  shown(member: StagingMember): Promise<string> {
    return this.#folder.shown(member);
  }

  /** Whether there is such a member. */
  async has(member: StagingMember): Promise<boolean> {
    return await this.at(member)
      .then(lstat)
      .then(
        () => true,
        () => false,
      );
  }

  /** Leaves the folder and everything in it where it is. */
  keep(): void {
    this.#kept = true;
  }

  /** Removes everything in the folder, wherever it is now, and the folder, unless it is to be kept. Never throws. */
  async remove(): Promise<void> {
    if (!this.#kept) {
      for (const member of STAGING_MEMBERS) {
        await this.at(member)
          .then(removeTree)
          .catch(() => {});
      }
      await this.#parent
        .at(this.#name)
        .then(rmdir)
        .catch(() => {});
    }
    await this.#folder.close();
  }
}

/** Removes a file, or a folder with everything in it, even if folders in it are read-only. @throws the system's error */
export async function removeTree(path: FilePath): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true });
  await remove().catch(async () => {
    await makeWritable(path);
    await remove();
  });
}

async function makeWritable(folder: FilePath): Promise<void> {
  await chmod(folder, 0o700);
  for (const name of await readdir(folder, { encoding: "buffer" })) {
    const member = Buffer.concat([Buffer.from(folder), Buffer.from("/"), name]);
    if ((await lstat(member)).isDirectory()) await makeWritable(member);
  }
}

const STAGING_MEMBERS = ["file", "zip", "tree"] as const;
/** What a staging folder may hold: a file; an archive, and the folder that is unpacked from it. */
export type StagingMember = (typeof STAGING_MEMBERS)[number];
