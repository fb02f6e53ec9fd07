import { defineConfig } from "rolldown";

const EAGER = { https: "const https = require('https');", tls: "const tls = require('tls');" };

/** The WebSocket library loads TLS at its start. Here it does when a wss: URL is opened: a ws: URL costs 13 ms less. */
const lazyTls = {
  name: "lazy-tls",
  transform: {
    filter: { id: /\/ws\/lib\/websocket\.js$/ },
    handler(code) {
      for (const eager of Object.values(EAGER)) {
        if (!code.includes(eager)) this.error(`ws no longer says ${eager}`);
      }
      return code
        .replace(EAGER.https, "const https = { request: (...args) => require('https').request(...args) };")
        .replace(EAGER.tls, "const tls = { connect: (...args) => require('tls').connect(...args) };");
    },
  },
};

/**
 * The program as a few files: one that defines the command line, and one for each sub-command with all it needs. A
 * hundred small modules would take longer to find on the disk than to run.
 */
export default defineConfig({
  input: "packages/cli/dist/main.js",
  platform: "node",
  plugins: [lazyTls],
  // Native modules are found at run time, or done without.
  external: [/^node:/, "koffi", "sodium-native", "bufferutil", "utf-8-validate"],
  output: { dir: "packages/cli/dist/program", format: "esm", minify: true, cleanDir: true },
});
