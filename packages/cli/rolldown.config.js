// Bundles the built modules into the program that bin/wormhole.js loads.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig } from "rolldown";

/** The statements with which the WebSocket library loads TLS at its start, and a replacement for each that waits. */
const EAGER = {
  "const https = require('https');": "const https = { request: (...args) => require('https').request(...args) };",
  "const tls = require('tls');": "const tls = { connect: (...args) => require('tls').connect(...args) };",
};

/**
 * Delays the loading of TLS until a `wss:` URL is opened. With a `ws:` URL, TLS is never loaded, which saves 16 ms of
 * processor time. `test/bundle.test.ts` fails if a new version of `ws` does not fit.
 */
export const lazyTls = {
  name: "lazy-tls",
  transform: {
    filter: { id: /\/ws\/lib\/websocket\.js$/ },
    handler(code) {
      return Object.entries(EAGER).reduce((text, [eager, lazy]) => {
        if (!text.includes(eager)) throw new Error(`ws no longer contains: ${eager}`);
        return text.replace(eager, lazy);
      }, code);
    },
  },
};

/** The package that a module belongs to: its folder, name, version and license. Nothing for our own modules. */
function packageOf(module) {
  if (!module.includes("node_modules/")) return undefined;
  let folder = dirname(module);
  while (!existsSync(join(folder, "package.json")) || !("version" in manifest(folder))) folder = dirname(folder);
  return { folder, ...manifest(folder) };
}

const manifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The text of a package's license file. @throws {Error} if it has none, because every copy needs it */
function licenseText({ folder, name }) {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no license file to be copied`);
  return readFileSync(join(folder, file), "utf8").trim();
}

/** Writes the licenses of all packages that are in the bundle beside it, as they ask for in every copy. */
const notices = {
  name: "notices",
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((part) => (part.type === "chunk" ? Object.keys(part.modules) : []));
    const packages = new Map(modules.map(packageOf).flatMap((each) => (each ? [[each.name, each]] : [])));
    const sorted = [...packages.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const texts = sorted.map((each) => `${each.name} ${each.version} (${each.license})\n\n${licenseText(each)}\n`);
    this.emitFile({ type: "asset", fileName: "licenses.txt", source: texts.join(`\n${"-".repeat(80)}\n\n`) });
  },
};

/** One file for the command line, and one for each sub-command. Loading a hundred small modules would take longer. */
export default defineConfig({
  input: "packages/cli/dist/main.js",
  platform: "node",
  plugins: [lazyTls, notices],
  // Native modules are found at run time. If one is missing, a portable module does the same work.
  external: [/^node:/, "koffi", "sodium-native", "bufferutil", "utf-8-validate"],
  output: { dir: "packages/cli/dist/program", format: "esm", minify: true, cleanDir: true },
});
