#!/usr/bin/env node
/** Starts the program as it was built. */
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error(
    "wormhole-mailbox-server is not built yet. Run `npm ci && npm run build` in the root of the repository.",
  );
  process.exitCode = 1;
}
