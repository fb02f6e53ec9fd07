import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests read the sources, not the build: these are the packages' `exports` and `imports`, led to `src`. */
const alias = [
  { find: "#platform", replacement: at("./packages/wormhole/src/platform/node.ts") },
  { find: "@wormhole-ts/wormhole/node", replacement: at("./packages/wormhole/src/node.ts") },
  { find: "@wormhole-ts/wormhole/testing", replacement: at("./packages/wormhole/src/testing.ts") },
  { find: "@wormhole-ts/wormhole", replacement: at("./packages/wormhole/src/index.ts") },
  { find: "@wormhole-ts/mailbox-server", replacement: at("./packages/mailbox-server/src/index.ts") },
  { find: "@wormhole-ts/transit-relay", replacement: at("./packages/transit-relay/src/index.ts") },
];

const REAL_TOR = "test/network/real-tor.test.ts";

export default defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 30_000,
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: [
            "packages/*/test/**/*.test.ts",
            "test/{network,simulation,program,packages,runtimes,docs}/**/*.test.ts",
          ],
          exclude: [REAL_TOR],
        },
      },
      // `npm run runtimes` runs these on Node 20, Bun and Deno.
      {
        resolve: { alias },
        test: {
          name: "runtimes",
          include: ["packages/wormhole/test/**/*.test.ts"],
          setupFiles: ["test/runtimes/setup.ts"],
        },
      },
      // How soon a Tor network agrees on itself is its own affair: on a busy machine, later than anybody waits.
      { resolve: { alias }, test: { name: "real-tor", include: [REAL_TOR] } },
      {
        resolve: { alias },
        test: { name: "interop", include: ["test/interop/**/*.test.ts"], testTimeout: 120_000, fileParallelism: false },
      },
    ],
    /** `npm run coverage`: of the protocol and its keys nothing goes untested. */
    coverage: {
      include: ["packages/wormhole/src/{session,crypto}/**"],
      reporter: [["text", { skipFull: true }]],
      thresholds: { 100: true, perFile: true },
    },
  },
});
