#!/usr/bin/env node
// Loads the built program, or explains how to build it.
import { existsSync } from "node:fs";

const program = new URL("../dist/main.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error(
    "wormhole-mailbox-server is not built yet: run `npm ci && npm run build` in the root of the repository.",
  );
  process.exitCode = 1;
}
