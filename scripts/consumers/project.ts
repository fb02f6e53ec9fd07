/** Fresh projects of other people, with the packages as they would be published. */
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pack } from "../packages.ts";
import { npm, root, untar } from "./tools.ts";

/** The packages that the projects install, by their folders. */
export type PackageFolder = "wormhole" | "cli" | "mailbox-server" | "transit-relay";

/** Everything of one run, in a temporary folder. */
export interface Workshop {
  readonly folder: string;
  /** The path of a package's tarball. */
  tarball(name: PackageFolder): string;
  /** Makes an empty project with these files, and returns its folder. */
  project(name: string, files?: Readonly<Record<string, string>>): string;
  /** Makes a project that has the library installed by npm, as all rows need it that try no installer. */
  withLibrary(name: string, files?: Readonly<Record<string, string>>): string;
}

/** How the projects get the library's dependencies: from a registry, or those of the checkout. */
export type Origin = "registry" | "checkout";

/** The packages that the library needs at run time. */
const DEPENDENCIES = ["@noble", "ws", "sodium-native"];

/** Packs the packages, which must be built, and prepares a folder for the projects. */
export function openWorkshop(origin: Origin): Workshop {
  const folder = mkdtempSync(join(tmpdir(), "consumers-"));
  const tarballs = new Map<PackageFolder, string>();
  let installed: string | undefined;
  const workshop: Workshop = {
    folder,
    tarball(name) {
      const known = tarballs.get(name);
      if (known !== undefined) return known;
      const path = join(folder, `${name}.tgz`);
      writeFileSync(path, pack(`packages/${name}`).tarball);
      tarballs.set(name, path);
      return path;
    },
    project(name, files = {}) {
      const place = join(folder, name.replaceAll(/[^\w.-]+/g, "-"));
      mkdirSync(place, { recursive: true });
      write(place, { "package.json": JSON.stringify({ name: "consumer", private: true, type: "module" }), ...files });
      return place;
    },
    withLibrary(name, files = {}) {
      if (installed === undefined) {
        installed = workshop.project("installed by npm");
        if (origin === "registry") npm(installed, "install", "--ignore-scripts", workshop.tarball("wormhole"));
        else fromCheckout(installed, workshop.tarball("wormhole"));
      }
      const place = workshop.project(name);
      cpSync(installed, place, { recursive: true, verbatimSymlinks: true });
      write(place, files);
      return place;
    },
  };
  return workshop;
}

function fromCheckout(folder: string, tarball: string): void {
  untar(tarball, join(folder, "node_modules/@wormhole-ts/wormhole"));
  for (const name of DEPENDENCIES) symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}
