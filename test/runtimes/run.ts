/**
 * Runs the library's unit tests on other runtimes than the project's own Node: `npm run runtimes`, or
 * `npm run runtimes -- bun` for one. With `--all` it runs every folder. Further options go to vitest.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "../support/programs.ts";
import { LEFT_OUT, RUNTIME } from "./left-out.ts";

/** A program that can run vitest. */
interface Runtime {
  readonly title: string;
  /** As on this command's line. */
  readonly name: string;
  /** The programs to try, the first one that exists is used. */
  readonly programs: readonly string[];
  /** Arguments before the script. */
  readonly args: readonly string[];
  /** Options of vitest. */
  readonly options: readonly string[];
}

const [os, cpu] = [process.platform, process.arch];
const exe = os === "win32" ? ".exe" : "";
const inModules = (...paths: string[]) => paths.map((path) => join(root, "node_modules", path));
const bunCpu = cpu === "arm64" ? "aarch64" : cpu;
const bunOs = os === "win32" ? "windows" : os;

const RUNTIMES: readonly Runtime[] = [
  {
    title: "Node 20",
    name: "node20",
    programs: [join(root, "test/runtimes/node20/node_modules/.bin", `node${os === "win32" ? ".cmd" : ""}`)],
    args: [],
    options: [],
  },
  {
    title: "Bun",
    name: "bun",
    programs: inModules(`@oven/bun-${bunOs}-${bunCpu}/bin/bun${exe}`),
    args: ["--bun"],
    options: ["--pool=threads"], // it cannot talk with child processes as vitest does
  },
  {
    title: "Deno",
    name: "deno",
    programs: inModules(`@deno/${os}-${cpu}-glibc/deno`, `@deno/${os}-${cpu}/deno${exe}`),
    args: ["run", "--allow-all"],
    options: [],
  },
  { title: "This machine's Node", name: "system", programs: systemNodes(), args: [], options: [] },
];

/** What is portable, and quick. */
const FOLDERS = ["base", "crypto", "session", "wormhole", "testing", "net", "transit", "dilation/wire"];
const SLOW = ["journal", "transfer", "tor", "the rest of dilation"];

/** Node outside of the project. */
function systemNodes(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.includes("node_modules"));
  return folders.map((folder) => join(folder, `node${exe}`));
}

/** The version, or undefined where the program is missing or does not run. */
function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8", shell: program.endsWith(".cmd") });
  return status === 0 ? stdout.split("\n")[0]?.trim() : undefined;
}

function run({ title, name, programs, args, options }: Runtime, all: boolean, more: readonly string[]): number {
  const program = programs.find((path) => existsSync(path));
  const version = program && versionOf(program);
  if (!program || !version) {
    console.log(`runtimes: ${title} is left out: it is not installed for ${os} on ${cpu}`);
    return 0;
  }
  const tests = all ? ["packages/wormhole/test"] : FOLDERS.map((folder) => `packages/wormhole/test/${folder}`);
  console.log(`runtimes: ${title} (${version})${all ? "" : `; left out for their time: ${SLOW.join(", ")}`}`);
  const leftOut = LEFT_OUT[name] ?? [];
  for (const { file, titles, reason } of leftOut) {
    console.log(`    left out: ${file}${titles ? ` (${titles.source})` : ""}: ${reason}`);
  }
  const excluded = leftOut.flatMap(({ file, titles }) => (titles ? [] : ["--exclude", `**/${file}`]));
  const vitest = [
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--project",
    "runtimes",
    "--retry=1",
    "--testTimeout=15000",
    ...tests,
  ];
  const reports = more.map((option) => option.replace("RUNTIME", name));
  const { status } = spawnSync(program, [...args, ...vitest, ...excluded, ...options, ...reports], {
    cwd: root,
    env: { ...process.env, [RUNTIME]: name },
    shell: program.endsWith(".cmd"),
    stdio: "inherit",
  });
  return status ?? 1;
}

/** The machine's own Node is of interest only if its version is not run anyway. */
function isAnother({ name, programs }: Runtime): boolean {
  if (name !== "system") return true;
  const version = programs.filter((path) => existsSync(path)).map(versionOf)[0] ?? "";
  return version !== process.version && /^v\d/.test(version) && !version.startsWith("v20.");
}

function main(args: readonly string[]): number {
  const names = args.filter((arg) => RUNTIMES.some(({ name }) => name === arg));
  const more = args.filter((arg) => !names.includes(arg) && arg !== "--all");
  const chosen = RUNTIMES.filter(({ name }) => names.length === 0 || names.includes(name)).filter(isAnother);
  const statuses = chosen.map((runtime) => run(runtime, args.includes("--all"), more));
  return statuses.find((status) => status !== 0) ?? 0;
}

process.exitCode = main(process.argv.slice(2));
