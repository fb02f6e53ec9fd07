/** The table: where other people use the packages, and what has to work there. One row a case. */
import { existsSync, globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  BROWSER_TYPES,
  FILE_TEST,
  NODE_TYPES,
  RUNS_TWO_WORMHOLES,
  SENDS_ITSELF_A_FILE,
  SINKS,
  TEST,
} from "./programs.ts";
import type { Workshop } from "./project.ts";
import { node, root, run, type Tool, toolFile, toolFolder } from "./tools.ts";

/** What a row needs: the projects, and the address of a mailbox server. */
export interface Scene {
  readonly workshop: Workshop;
  /** With this environment, {@link SENDS_ITSELF_A_FILE} finds its server. */
  readonly env: Readonly<Record<string, string>>;
}

/** One row. It passes if `run` does not throw; the text is shown beside it. */
export interface Row {
  readonly group: "types" | "runtimes" | "installers" | "bundlers" | "test runners";
  readonly name: string;
  /** Tools that have to be in the cache. */
  readonly tools: readonly Tool[];
  readonly run: (scene: Scene) => string;
}

const inModules = (pattern: string) => globSync(join(root, "node_modules", pattern))[0] ?? "not-installed";
const bun = () => inModules("@oven/bun-*/bin/bun");
const deno = () => inModules("@deno/*/deno");

/** The last line of a program, which must begin with "ok". */
function ok(output: string): string {
  const line = output.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("ok")) throw new Error(`it printed: ${output}`);
  return line.slice(3);
}

/** Adds a package of a tool to the packages of a project. */
function link(folder: string, tool: Tool, name: string): void {
  const place = join(folder, "node_modules", name);
  mkdirSync(join(place, ".."), { recursive: true });
  if (!existsSync(place)) symlinkSync(toolFile(tool, name), place);
}

// Types.

interface TypesCase {
  readonly name: string;
  readonly file: string;
  readonly tools: readonly "@types/node"[];
  readonly options: Readonly<Record<string, unknown>>;
}

const BROWSER = { lib: ["es2022", "dom"], types: [] };
const STRICT = { strict: true, noEmit: true, skipLibCheck: false, target: "es2022" };
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };
const NODE_NEXT = { module: "nodenext", moduleResolution: "nodenext" };

/** Projects in a browser, without the types of Node; and on Node. */
const TYPES: readonly TypesCase[] = [
  { name: "in a browser, without Node's types", file: BROWSER_TYPES, tools: [], options: { ...BROWSER, ...BUNDLER } },
  {
    name: "with exactOptionalPropertyTypes",
    file: BROWSER_TYPES,
    tools: [],
    options: { ...BROWSER, ...NODE_NEXT, exactOptionalPropertyTypes: true },
  },
  {
    name: "on Node",
    file: NODE_TYPES,
    tools: ["@types/node"],
    options: { lib: ["es2022"], types: ["node"], ...NODE_NEXT },
  },
];
const SINK_TYPES: TypesCase = {
  name: "bytes in 15 sinks",
  file: SINKS,
  tools: [],
  options: { ...BROWSER, ...BUNDLER, lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"] },
};

function typesRow(version: Tool, { name, file, tools, options }: TypesCase): Row {
  return {
    group: "types",
    name: `${version}: ${name}`,
    tools: [version, ...tools],
    run({ workshop }) {
      const tsconfig = JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files: ["use.ts"] });
      const folder = workshop.withLibrary(`${version} ${name}`, { "use.ts": file, "tsconfig.json": tsconfig });
      for (const tool of tools) link(folder, tool, tool);
      run(folder, [process.execPath, toolFile(version, "typescript/bin/tsc"), "-p", "."]);
      return "";
    },
  };
}

const VERSIONS = ["typescript 5.2", "typescript 5.9", "typescript 6.0", "typescript 7.0"] as const;

/** The examples of our pages that are whole programs, as files of one project. */
function pageExamples(): Record<string, string> {
  const pages = globSync("{README.md,docs/*.md,packages/*/README.md}", { cwd: root }).sort();
  const programs = pages.flatMap((page) => {
    const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map(
      ([, code = ""]) => code,
    );
    return blocks
      .filter((code) => /^import /m.test(code) && !/-(?:server|relay)"/.test(code))
      .map((code) => [page, code] as const);
  });
  const files = programs.map(([page, code], n) => [`${page.replaceAll("/", "-")}-${n}.ts`, code] as const);
  return { ...Object.fromEntries(files), "store.ts": readFileSync(join(root, "examples/store.ts"), "utf8") };
}

function examplesRow(version: Tool): Row {
  const options = {
    ...STRICT,
    ...NODE_NEXT,
    lib: ["es2024", "dom", "dom.asynciterable"],
    types: ["node"],
    allowImportingTsExtensions: true,
  };
  return {
    group: "types",
    name: `${version}: examples of the pages`,
    tools: [version, "@types/node"],
    run({ workshop }) {
      const tsconfig = JSON.stringify({ compilerOptions: options, include: ["*.ts"] });
      const folder = workshop.withLibrary(`${version} examples`, { ...pageExamples(), "tsconfig.json": tsconfig });
      link(folder, "@types/node", "@types/node");
      run(folder, [process.execPath, toolFile(version, "typescript/bin/tsc"), "-p", "."]);
      return "";
    },
  };
}

/** TypeScript 5.2 has neither the iteration of streams in its DOM nor a type for unshared memory. */
const TYPE_ROWS = [
  ...VERSIONS.flatMap((version) => TYPES.map((each) => typesRow(version, each))),
  ...VERSIONS.slice(1).map((version) => typesRow(version, SINK_TYPES)),
  ...VERSIONS.slice(1).map(examplesRow),
];

// Runtimes.

function runtimeRow(name: string, command: () => readonly string[], tools: readonly Tool[] = []): Row {
  return {
    group: "runtimes",
    name,
    tools,
    run({ workshop, env }) {
      const folder = workshop.withLibrary(name, { "main.mjs": SENDS_ITSELF_A_FILE, "place/empty": "" });
      return ok(run(folder, [...command(), "main.mjs"], { ...env, PLACE: join(folder, "place") }));
    },
  };
}

const PERMISSIONS = ["--permission", "--allow-fs-read=*", "--allow-fs-write=*", "--allow-net"];

const RUNTIME_ROWS = [
  runtimeRow("Node 20", () => [node("20")]),
  runtimeRow("Node 22", () => [node("22")], ["node 22"]),
  runtimeRow("Node 24", () => [node("24")], ["node 24"]),
  runtimeRow("Node 26", () => [node("26")]),
  runtimeRow("Node 26 with its permission model", () => [node("26"), ...PERMISSIONS]),
  runtimeRow("Bun", () => [bun()]),
  runtimeRow("Deno", () => [deno(), "run", "--allow-all"]),
  runtimeRow("Deno with the permissions that it needs", () => [
    ...[deno(), "run", "--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"],
    "--allow-ffi",
  ]),
];

// Installers. Each has to end with 0, and what it has installed has to work.

function installerRow(name: string, tools: readonly Tool[], install: (folder: string, scene: Scene) => string): Row {
  return {
    group: "installers",
    name,
    tools,
    run: (scene) => ok(install(scene.workshop.project(name, { "main.mjs": SENDS_ITSELF_A_FILE }), scene)),
  };
}

const npm = (folder: string, ...args: readonly string[]) => run(folder, ["npm", ...args, "--no-audit", "--no-fund"]);
const pnpm = (folder: string, ...args: readonly string[]) =>
  run(folder, [process.execPath, toolFile("pnpm", "pnpm/bin/pnpm.mjs"), ...args], { CI: "true" });
const yarn = (folder: string, env: Scene["env"], ...args: readonly string[]) =>
  run(folder, [node("24"), toolFile("yarn", "@yarnpkg/cli-dist/bin/yarn.js"), ...args], {
    ...env,
    YARN_ENABLE_TELEMETRY: "0",
    YARN_ENABLE_GLOBAL_CACHE: "true",
  });

const INSTALLER_ROWS = [
  installerRow("npm install, and npm ci", [], (folder, { workshop, env }) => {
    npm(folder, "install", workshop.tarball("wormhole"));
    npm(folder, "ci");
    return run(folder, [process.execPath, "main.mjs"], env);
  }),
  installerRow("npm ci --ignore-scripts --omit=optional", [], (folder, { workshop, env }) => {
    npm(folder, "install", "--ignore-scripts", workshop.tarball("wormhole"));
    npm(folder, "ci", "--ignore-scripts", "--omit=optional");
    return run(folder, [process.execPath, "main.mjs"], env);
  }),
  installerRow("npm install with koffi", [], (folder, { workshop, env }) => {
    npm(folder, "install", "--ignore-scripts", workshop.tarball("wormhole"), "koffi@3.3.4");
    const output = run(folder, [process.execPath, "main.mjs"], env);
    if (!ok(output).includes("openssl")) throw new Error(`koffi is not used: ${output}`);
    return output;
  }),
  installerRow("pnpm add, and pnpm install --frozen-lockfile", ["pnpm"], (folder, { workshop, env }) => {
    pnpm(folder, "add", workshop.tarball("wormhole"));
    pnpm(folder, "install", "--frozen-lockfile");
    return run(folder, [process.execPath, "main.mjs"], env);
  }),
  installerRow("yarn add, with PnP", ["yarn", "node 24"], (folder, { workshop, env }) => {
    writeFileSync(join(folder, "yarn.lock"), "");
    yarn(folder, {}, "add", `@wormhole-ts/wormhole@file:${workshop.tarball("wormhole")}`);
    return yarn(folder, env, "node", "main.mjs");
  }),
  installerRow("bun add", [], (folder, { workshop, env }) => {
    run(folder, [bun(), "add", workshop.tarball("wormhole")]);
    return run(folder, [bun(), "main.mjs"], env);
  }),
  installerRow("npm install of the program", [], (folder, { workshop }) => {
    npm(folder, "install", workshop.tarball("cli"));
    return `ok ${run(folder, [process.execPath, "node_modules/wormhole-ts/bin/wormhole.js", "--version"])}`;
  }),
  installerRow("npm install of both servers", [], (folder, { workshop }) => {
    npm(folder, "install", workshop.tarball("mailbox-server"), workshop.tarball("transit-relay"));
    for (const name of ["mailbox-server", "transit-relay"])
      run(folder, [process.execPath, `node_modules/@wormhole-ts/${name}/bin/wormhole-${name}.js`, "--version"]);
    return "ok";
  }),
];

// Bundlers: a program for Node that sends itself a file, and one for the browser, both run afterwards.

type Target = "node" | "browser";
const entryOf = (target: Target) => (target === "node" ? SENDS_ITSELF_A_FILE : RUNS_TWO_WORMHOLES);

/** Runs what was bundled, away from `node_modules`, and looks for Node's modules in what is for a browser. */
function tryBundle(folder: string, files: readonly string[], target: Target, { workshop, env }: Scene): string {
  const [main = ""] = files;
  const away = workshop.project(`bundle of ${folder.split("/").at(-1)}`);
  for (const file of files) {
    const text = readFileSync(join(folder, file), "utf8");
    if (target === "browser" && /["']node:|require\("/.test(text)) throw new Error(`${file} needs Node`);
    mkdirSync(join(away, file, ".."), { recursive: true });
    writeFileSync(join(away, file), text);
  }
  return ok(run(away, [process.execPath, main], env));
}

function bundlerRow(name: string, tools: readonly Tool[], target: Target, bundle: (folder: string) => void): Row {
  return {
    group: "bundlers",
    name: `${name}, for ${target === "node" ? "Node" : "a browser"}`,
    tools,
    run(scene) {
      const folder = scene.workshop.withLibrary(`${name} ${target}`, { "main.mjs": entryOf(target) });
      bundle(folder);
      const out = globSync("out/**/*.{js,mjs,cjs}", { cwd: folder }).sort();
      const [main = ""] = [...out.filter((file) => /main\.[cm]?js$/.test(file)), ...out];
      return tryBundle(folder, [main, ...out.filter((file) => file !== main)], target, scene);
    },
  };
}

const esbuild = (folder: string, ...args: readonly string[]) =>
  run(folder, [toolFile("esbuild", "esbuild/bin/esbuild"), "main.mjs", "--bundle", "--log-level=error", ...args]);

/** Runs a script of a tool, from the folder of the project. Its imports are found in the tool. */
function script(folder: string, tool: Tool, text: string): void {
  const modules = join(folder, "tool/node_modules");
  mkdirSync(join(folder, "tool"), { recursive: true });
  if (!existsSync(modules)) symlinkSync(join(toolFolder(tool), "node_modules"), modules);
  writeFileSync(join(folder, "tool/run.mjs"), text);
  run(folder, [process.execPath, "tool/run.mjs"]);
}

const rolldown = (folder: string, platform: Target) =>
  run(folder, [
    ...[process.execPath, join(root, "node_modules/rolldown/bin/cli.mjs"), "main.mjs", "--dir", "out", "--minify"],
    ...["--format", "esm", "--platform", platform],
  ]);

const rollup = (target: Target) => `
import { rollup } from "rollup";
import resolve from "@rollup/plugin-node-resolve";
import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
const isNode = ${target === "node"};
const plugins = [resolve({ preferBuiltins: isNode, browser: !isNode, exportConditions: isNode ? ["node"] : [] }), commonjs(), json()];
const external = isNode ? [/^node:/] : [];
const bundle = await rollup({ input: "main.mjs", plugins, external, logLevel: "silent" });
await bundle.write({ dir: "out", format: "esm", entryFileNames: "main.mjs", chunkFileNames: "[name].mjs" });
`;

const webpack = (target: Target) => `
import webpack from "webpack";
webpack({
  mode: "production", entry: "./main.mjs", target: "${target === "node" ? "node20" : "webworker"}",
  output: { path: process.cwd() + "/out", filename: "main.cjs" },
  optimization: { splitChunks: false }, plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
}, (error, stats) => {
  const errors = error ? [error] : stats.toJson({ errors: true }).errors;
  for (const each of errors) console.error(each.message);
  process.exitCode = errors.length > 0 ? 1 : 0;
});
`;

const vite = (target: Target) => `
import { build } from "vite";
const isNode = ${target === "node"};
await build({
  logLevel: "error", configFile: false,
  ssr: isNode ? { noExternal: true } : undefined,
  build: {
    outDir: "out", ssr: isNode ? "main.mjs" : false, target: "es2022", modulePreload: false,
    lib: isNode ? undefined : { entry: "main.mjs", formats: ["es"], fileName: () => "main.mjs" },
    rollupOptions: { output: { entryFileNames: "main.mjs" } },
  },
});
`;

/** Parcel reads `exports` and `imports` of packages only if it is told to, as docs/consumers.md says. */
const PARCEL = {
  name: "consumer",
  private: true,
  "@parcel/resolver-default": { packageExports: true },
  targets: {
    out: {
      source: "main.mjs",
      distDir: "out",
      context: "browser",
      outputFormat: "esmodule",
      isLibrary: false,
      optimize: false,
      engines: { browsers: "last 2 Chrome versions" },
    },
  },
};

const parcel = (folder: string) => {
  writeFileSync(join(folder, "package.json"), JSON.stringify(PARCEL));
  run(folder, [process.execPath, toolFile("parcel", "parcel/lib/bin.js"), "build", "--no-cache", "--no-source-maps"]);
};

const BANNER = "--banner:js=import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);"; // biome-ignore format: one row

const BUNDLER_ROWS = [
  bundlerRow(
    "esbuild to CommonJS",
    ["esbuild"],
    "node",
    (folder) =>
    esbuild(folder, "--platform=node", "--format=cjs", "--outfile=out/main.cjs"), // biome-ignore format: one row
  ),
  bundlerRow(
    "esbuild to CommonJS, minified, with names kept, nothing external",
    ["esbuild"],
    "node",
    (folder) =>
    esbuild(folder, "--platform=node", "--format=cjs", "--outfile=out/main.cjs", "--minify", "--keep-names", "--loader:.node=empty"), // biome-ignore format: one row
  ),
  bundlerRow(
    "esbuild to ESM, with the banner of docs/consumers.md",
    ["esbuild"],
    "node",
    (folder) =>
    esbuild(folder, "--platform=node", "--format=esm", "--outfile=out/main.mjs", BANNER), // biome-ignore format: one row
  ),
  bundlerRow("esbuild, minified, with names kept", ["esbuild"], "browser", (folder) =>
    esbuild(folder, "--format=esm", "--outfile=out/main.mjs", "--minify", "--keep-names"),
  ),
  bundlerRow("rolldown", [], "node", (folder) => rolldown(folder, "node")),
  bundlerRow("rolldown", [], "browser", (folder) => rolldown(folder, "browser")),
  bundlerRow("rollup", ["rollup"], "node", (folder) => script(folder, "rollup", rollup("node"))),
  bundlerRow("rollup", ["rollup"], "browser", (folder) => script(folder, "rollup", rollup("browser"))),
  bundlerRow("webpack", ["webpack"], "node", (folder) => script(folder, "webpack", webpack("node"))),
  bundlerRow("webpack", ["webpack"], "browser", (folder) => script(folder, "webpack", webpack("browser"))),
  bundlerRow("vite (SSR)", ["vite"], "node", (folder) => script(folder, "vite", vite("node"))),
  bundlerRow("vite", ["vite"], "browser", (folder) => script(folder, "vite", vite("browser"))),
  bundlerRow("parcel", ["parcel"], "browser", parcel),
  bundlerRow(
    "bun build",
    [],
    "node",
    (folder) =>
    run(folder, [bun(), "build", "main.mjs", "--target=node", "--outdir=out", ]), // biome-ignore format: one row
  ),
];

// Test runners.

function testRunnerRow(
  name: string,
  tool: Tool,
  files: Readonly<Record<string, string>>,
  command: () => string[],
): Row {
  return {
    group: "test runners",
    name,
    tools: [tool],
    run({ workshop }) {
      const folder = workshop.withLibrary(name, files);
      for (const name of globSync("*", { cwd: join(toolFolder(tool), "node_modules") })) link(folder, tool, name);
      run(folder, command());
      return "";
    },
  };
}

const GLOBALS = 'import { expect, test } from "vitest";\n';
const vitest = (environment: string) => [process.execPath, toolFile("vitest", "vitest/vitest.mjs"), "run", "--environment", environment]; // biome-ignore format: one row
const jest = (...args: string[]) => [process.execPath, "--experimental-vm-modules", "--no-warnings", toolFile("jest", "jest/bin/jest.js"), ...args]; // biome-ignore format: one row
/** What jsdom lacks, taken from Node: the lines of docs/consumers.md. */
const JSDOM = `
import { TestEnvironment } from "jest-environment-jsdom";
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const name of ["TextEncoder", "TextDecoder", "ReadableStream", "WritableStream"])
      this.global[name] = globalThis[name];
    Object.defineProperty(this.global, "crypto", { value: globalThis.crypto });
  }
}
`;

const TEST_RUNNER_ROWS = [
  testRunnerRow("Vitest, environment node", "vitest", { "a.test.js": GLOBALS + TEST + FILE_TEST }, () =>
    vitest("node"),
  ),
  testRunnerRow("Vitest, environment jsdom", "vitest", { "a.test.js": GLOBALS + TEST }, () => vitest("jsdom")),
  testRunnerRow("Jest, environment node", "jest", { "a.test.js": TEST + FILE_TEST }, () => jest("--env=node")),
  testRunnerRow("Jest, environment jsdom", "jest", { "a.test.js": TEST, "env.js": JSDOM }, () =>
    jest("--env=./env.js"),
  ),
];

/** All rows, in the order in which they are printed. */
export const ROWS: readonly Row[] = [
  ...TYPE_ROWS,
  ...RUNTIME_ROWS,
  ...INSTALLER_ROWS,
  ...BUNDLER_ROWS,
  ...TEST_RUNNER_ROWS,
];
