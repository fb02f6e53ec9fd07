/** `npm run release -- --dry-run`, in a small project of its own. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { dated, statedVersions } from "../../scripts/release.ts";
import { root } from "../support/programs.ts";

const NAMES = ["wormhole", "mailbox-server", "transit-relay", "cli"];

/** A repository with four packages, ready to be released as 1.2.3. */
function project() {
  const folder = mkdtempSync(join(tmpdir(), "release-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" }).trim();
  for (const name of NAMES) {
    mkdirSync(join(folder, "packages", name, "src"), { recursive: true });
    const devDependencies = name === "cli" ? { "@wormhole-ts/wormhole": "1.2.3" } : {};
    write(`packages/${name}/package.json`, JSON.stringify({ version: "1.2.3", devDependencies }));
  }
  write("packages/cli/src/version.ts", 'export const VERSION = "1.2.3";\n');
  const entries = NAMES.map((name) => [`packages/${name}`, { version: "1.2.3" }]);
  write("package-lock.json", JSON.stringify({ packages: Object.fromEntries(entries) }));
  write("CHANGELOG.md", "# Changes\n\n## Unreleased\n\n- It works.\n");
  git("init", "--quiet");
  git("config", "user.name", "Test");
  git("config", "user.email", "test@example.com");
  git("add", ".");
  git("commit", "--quiet", "--message", "All");
  const release = () =>
    spawnSync(process.execPath, [join(root, "scripts/release.ts"), "--dry-run"], { cwd: folder, encoding: "utf8" });
  return { folder, write, git, release };
}

it("a dry run shows every command, and changes nothing", () => {
  const { folder, git, release } = project();
  const before = git("rev-parse", "HEAD");
  const { stdout, status } = release();
  expect(stdout).toMatch(/^would change CHANGELOG\.md: "Unreleased" becomes "1\.2\.3 \(\d{4}-\d\d-\d\d\)"$/m);
  expect(stdout).toContain("would run: npm test");
  expect(stdout).toContain("would run: git tag --annotate v1.2.3");
  for (const name of NAMES) {
    expect(stdout).toContain(`would run: npm publish --provenance --access public --workspace packages/${name}`);
  }
  expect(stdout).not.toContain("obstacle");
  expect(status).toBe(0);
  expect([git("status", "--porcelain"), git("rev-parse", "HEAD"), git("tag")]).toEqual(["", before, ""]);
  expect(readFileSync(join(folder, "CHANGELOG.md"), "utf8")).toContain("## Unreleased");
});

it.each<[string, (one: ReturnType<typeof project>) => void, string]>([
  ["a changed file", ({ write }) => write("new.txt", ""), "The work tree is not clean"],
  ["a version of its own in one package", ({ write }) => write("packages/cli/package.json", '{"version":"1.2.4"}'), "packages/cli/package.json states 1.2.4, but packages/wormhole/package.json states 1.2.3"], // biome-ignore format: a table
  ["another version in the sources", ({ write }) => write("packages/cli/src/version.ts", 'VERSION = "1.2.2"'), "packages/cli/src/version.ts states 1.2.2"], // biome-ignore format: a table
  ["a lock file of the past", ({ write }) => write("package-lock.json", '{"packages":{}}'), "package-lock.json (packages/cli) states missing"], // biome-ignore format: a table
  ["an empty list of changes", ({ write }) => write("CHANGELOG.md", "# Changes\n\n## Unreleased\n"), "CHANGELOG.md has no section"], // biome-ignore format: a table
  ["a tag of this version", ({ git }) => git("tag", "v1.2.3"), "v1.2.3 has been released"],
])("%s is an obstacle", (_, spoil, obstacle) => {
  const spoiled = project();
  spoil(spoiled);
  const { stdout, status } = spoiled.release();
  expect(stdout).toContain(`obstacle: ${obstacle}`);
  expect(status).toBe(1);
});

it("the list of changes gets the version and its date", () => {
  expect(dated("# Changes\n\n## Unreleased\n\n- New.\n", "1.2.3", "2026-01-02")).toContain(
    "## 1.2.3 (2026-01-02)\n\n- New.",
  );
});

it("this project states one version in all places", () => {
  expect(new Set(statedVersions(root).map(({ version }) => version)).size).toBe(1);
});
