/** How vitest runs the tests: which files belong to which project, and what has to be covered. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The `exports` and `imports` of the packages, mapped to their sources: tests read the sources, not the build. */
const alias = [
  { find: "#platform", replacement: at("./packages/wormhole/src/platform/node.ts") },
  { find: "@wormhole-ts/wormhole/node", replacement: at("./packages/wormhole/src/node.ts") },
  { find: "@wormhole-ts/wormhole/testing", replacement: at("./packages/wormhole/src/testing.ts") },
  { find: "@wormhole-ts/wormhole", replacement: at("./packages/wormhole/src/index.ts") },
  { find: "@wormhole-ts/mailbox-server", replacement: at("./packages/mailbox-server/src/index.ts") },
  { find: "@wormhole-ts/transit-relay", replacement: at("./packages/transit-relay/src/index.ts") },
];

const REAL_TOR = "test/network/real-tor.test.ts";

/** The tests of code of which every branch has to be covered. */
const COVERED = ["packages/wormhole/test/{session,crypto,journal}/**/*.test.ts"];

/** Tests of `packages/` that start programs, or wait for real connections to break. */
const SLOW = ["program", "packages", "dilation/breach", "dilation/closing", "journal/one-life"].map(
  (name) => `**/${name}.test.ts`,
);
/** Tests of pages that need no build. */
const QUICK_PAGES = ["architecture", "errors", "prose"].map((name) => `test/docs/${name}.test.ts`);

function unit(name: string, include: string[], exclude: string[] = []) {
  return { resolve: { alias }, test: { name, include, exclude } };
}

export default defineConfig({
  resolve: { alias },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000, // some hooks derive keys from passphrases, which is slow on purpose
    projects: [
      // `npm run unit` runs the four projects whose names begin with "unit". They are separate, so that `npm test` can run them
      // side by side, and each test once.
      unit("unit", ["packages/*/test/**/*.test.ts", "test/{hostile,program,packages,runtimes,docs}/**/*.test.ts"], COVERED),
      unit("unit-covered", COVERED),
      unit("unit-network", ["test/network/**/*.test.ts"], [REAL_TOR]),
      unit("unit-simulation", ["test/simulation/**/*.test.ts"]),
      // `npm run quick`: neither programs, nor networks, nor other runtimes.
      unit("quick", ["packages/*/test/**/*.test.ts", ...QUICK_PAGES], SLOW),
      // `npm run runtimes` runs these on Node 20, Bun and Deno.
      {
        resolve: { alias },
        test: {
          name: "runtimes",
          include: ["packages/wormhole/test/**/*.test.ts"],
          setupFiles: ["test/runtimes/setup.ts"],
        },
      },
      // Not in `npm test`: on a busy machine, a Tor network takes longer to form its consensus than a test can wait.
      { resolve: { alias }, test: { name: "real-tor", include: [REAL_TOR] } },
      {
        resolve: { alias },
        test: { name: "interop", include: ["test/interop/**/*.test.ts"], testTimeout: 120_000, fileParallelism: false },
      },
    ],
    /** `npm run coverage`: every branch of the protocol and of its keys is tested. */
    coverage: {
      include: ["packages/wormhole/src/{session,crypto}/**/*.ts"],
      reporter: [["text", { skipFull: true }]],
      thresholds: { 100: true, perFile: true },
    },
  },
});
