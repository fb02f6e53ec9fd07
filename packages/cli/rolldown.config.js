// Bundles the built modules into the program that bin/wormhole.js loads.
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

/** One file for the command line, and one for each sub-command. Loading a hundred small modules would take longer. */
export default defineConfig({
  input: "packages/cli/dist/main.js",
  platform: "node",
  plugins: [lazyTls],
  // Native modules are found at run time. If one is missing, a portable module does the same work.
  external: [/^node:/, "koffi", "sodium-native", "bufferutil", "utf-8-validate"],
  output: { dir: "packages/cli/dist/program", format: "esm", minify: true, cleanDir: true },
});
