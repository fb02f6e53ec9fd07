/** The TypeScript examples of a page, run against the built packages as a reader would run them. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, type Running } from "./processes.ts";
import { root } from "./programs.ts";

const PACKAGES = ["wormhole", "mailbox-server", "transit-relay"];

/** All blocks of TypeScript in a page, given by its path in the project. */
export function examplesOf(page: string): string[] {
  return [...readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);
}

/** A folder outside the project in which the packages are installed. */
export class ExampleFolder {
  readonly path = mkdtempSync(join(tmpdir(), "example-"));

  constructor() {
    const scope = join(this.path, "node_modules/@wormhole-ts");
    mkdirSync(scope, { recursive: true });
    for (const name of PACKAGES) symlinkSync(join(root, "packages", name), join(scope, name), "junction");
  }

  /** Starts a program in the folder. */
  run(code: string): Running {
    writeFileSync(join(this.path, "example.ts"), code);
    return launch([process.execPath, "example.ts"], { cwd: this.path });
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
