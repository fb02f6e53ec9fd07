/** Programs of the system that tests need. In continuous integration they are installed; elsewhere such tests are skipped. */
import { spawnSync } from "node:child_process";

const apt = (...args: string[]) =>
  spawnSync("apt-get", ["--quiet", "--yes", ...args], { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } });

const isThere = (program: string) => spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;

/** Returns the reason why a program of a Debian package cannot be used, or undefined if it can. */
export function lacks(program: string, debianPackage: string): string | undefined {
  if (isThere(program)) return undefined;
  const install = () => apt("install", "--no-install-recommends", debianPackage).status === 0;
  // A new machine has no lists of packages yet.
  if (process.env.CI && !install() && apt("update").status === 0) install();
  return isThere(program) ? undefined : `the program ${program} (Debian's package ${debianPackage}) is not installed`;
}
