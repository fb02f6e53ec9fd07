/**
 * The package of each server works alone: the packed tarball, beside its declared dependencies and nothing else, runs
 * the program and gives the library with its types. Needs `npm run build`.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { field, isObject, type JsonValue } from "../src/json.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const SERVERS = [
  {
    name: "mailbox-server",
    library: `
      import { type JsonValue, MailboxServerError, type MailboxServer, startMailboxServer } from "@wormhole-ts/mailbox-server";
      const value: JsonValue = { list: [1, null] };
      const server: MailboxServer = await startMailboxServer();
      const taken = await startMailboxServer({ port: server.port }).catch((error: unknown) => error);
      console.log(value, taken instanceof MailboxServerError && taken.code);
      await server.close();`,
    prints: "{ list: [ 1, null ] } address-in-use\n",
  },
  {
    name: "transit-relay",
    library: `
      import { type Clock, type ListenAddress, ListenError, startTransitRelay } from "@wormhole-ts/transit-relay";
      const address: ListenAddress = { host: "127.0.0.1", port: 0 };
      const clock: Clock = { now: () => 0, after: () => ({ cancel() {} }) };
      const relay = await startTransitRelay({ ...address, clock });
      const taken = await startTransitRelay({ ...address, port: relay.port }).catch((error: unknown) => error);
      console.log(taken instanceof ListenError && taken.code);
      await relay.close();`,
    prints: "port-taken\n",
  },
];

describe.each(SERVERS)("@wormhole-ts/$name", ({ name, library, prints }) => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tarball-"));
    install(name, folder);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    writeFileSync(join(folder, "library.ts"), library);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it("runs the program", () => {
    const program = join(folder, "node_modules/@wormhole-ts", name, `bin/wormhole-${name}.js`);
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, "--version"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("gives the library", () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["library.ts"], { cwd: folder, encoding: "utf8" });
    expect(stdout, stderr).toBe(prints);
  });

  it("gives the types", () => {
    const typeRoots = join(root, "node_modules/@types");
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "false", "--module", "nodenext", "--target", "es2022"];
    const lib = ["--lib", "es2024,esnext.disposable,dom", "--types", "node", "--typeRoots", typeRoots];
    const tsc = join(root, "node_modules/.bin/tsc");
    const { status, stdout } = spawnSync(tsc, [...flags, ...lib, "library.ts"], { cwd: folder, encoding: "utf8" });
    expect(status, stdout).toBe(0);
  });
});

/** Unpacks the tarball of a package into `node_modules`, and links its declared dependencies beside it. */
function install(name: string, folder: string): void {
  const from = join(root, "packages", name);
  const to = join(folder, "node_modules/@wormhole-ts", name);
  mkdirSync(to, { recursive: true });
  const packed = execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], {
    cwd: from,
    encoding: "utf8",
  });
  execFileSync("tar", ["-xzf", packed.trim(), "-C", to, "--strip-components=1"], { cwd: folder });
  for (const dependency of Object.keys(dependenciesOf(from))) {
    const link = join(folder, "node_modules", dependency);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", dependency), link);
  }
}

function dependenciesOf(folder: string): { [key: string]: JsonValue } {
  const manifest: JsonValue = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const dependencies = isObject(manifest) ? field(manifest, "dependencies") : undefined;
  return isObject(dependencies) ? dependencies : {};
}
