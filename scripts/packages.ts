/**
 * Packs each package as it would be published, checks the tarball with publint and "are the types wrong", and prints its
 * size: `node scripts/packages.ts`, after a build. Uses no network.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The folders of the published packages, in the order in which they are published. */
export const PACKAGES = ["wormhole", "mailbox-server", "transit-relay", "cli"].map((name) => `packages/${name}`);

/** A package as it would be published. */
export interface Packed {
  readonly folder: string;
  readonly name: string;
  readonly tarball: Uint8Array<ArrayBuffer>;
  /** Paths within the package. */
  readonly files: readonly string[];
  /** Bytes. */
  readonly unpackedSize: number;
}

/** The part of the output of `npm pack --json` that is used here. */
interface PackReport {
  readonly name: string;
  readonly filename: string;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Packs the package in `folder`, a path relative to the root. */
export function pack(folder: string): Packed {
  const into = mkdtempSync(join(tmpdir(), "pack-"));
  try {
    const output = execFileSync("npm", ["pack", "--json", "--pack-destination", into], {
      cwd: resolve(root, folder),
      encoding: "utf8",
      shell: process.platform === "win32", // npm is a script there
      stdio: ["ignore", "pipe", "ignore"],
    });
    const reports: PackReport[] = Object.values(JSON.parse(output)); // an array, or an object by name, as npm's version has it
    const [report] = reports;
    if (!report) throw new Error(`npm pack made nothing of ${folder}`);
    const tarball = new Uint8Array(readFileSync(join(into, report.filename.replace("@", "").replace("/", "-"))));
    const files = report.files.map(({ path }) => path);
    return { folder, name: report.name, tarball, files, unpackedSize: report.unpackedSize };
  } finally {
    rmSync(into, { recursive: true });
  }
}

/** What publint and "are the types wrong" find in a packed package, one line each. */
export async function problems(packed: Packed): Promise<string[]> {
  return [...(await ofPublint(packed)), ...(await ofTypes(packed))];
}

async function ofPublint({ tarball }: Packed): Promise<string[]> {
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: tarball.buffer } });
  return messages.flatMap((message) => formatMessage(message, pkg, { color: false }) ?? []);
}

/** Problems that every package without CommonJS has: `require()` gets ES modules, and Node 10 knows no `exports`. */
const ONLY_MODULES = new Set(["CJSResolvesToESM"]);

async function ofTypes({ tarball }: Packed): Promise<string[]> {
  const analysis = await checkPackage(createPackageFromTarballData(tarball));
  if (!analysis.types) return []; // a program: nothing can be imported
  return analysis.problems.flatMap((problem) => {
    if (ONLY_MODULES.has(problem.kind)) return [];
    if ("resolutionKind" in problem && problem.resolutionKind === "node10") return [];
    return [`types: ${JSON.stringify(problem)}`];
  });
}

async function main(): Promise<number> {
  let count = 0;
  for (const packed of PACKAGES.map(pack)) {
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
    const sizes = `${kilobytes(packed.tarball.length)}, unpacked ${kilobytes(packed.unpackedSize)}`;
    console.log(`${packed.name}: ${packed.files.length} files, ${sizes}`);
    const found = await problems(packed);
    for (const line of found) console.log(`    ${line}`);
    count += found.length;
  }
  return count > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main();
