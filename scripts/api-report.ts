/**
 * The API reports: the public declarations of a package without comments, in `packages/…/api-report.md`, so that a review sees
 * every change. `node scripts/api-report.ts` compares them with the build; with `--write` (`npm run docs`) it writes them.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Declared,
  declaredBy,
  type Entry,
  LIBRARY,
  MAILBOX_SERVER,
  root,
  TRANSIT_RELAY,
  withoutComments,
} from "./declarations.ts";

/** The report of one package. */
export interface Report {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
  /** Signatures with a type of the package that is not exported: `parseRelay names Endpoint`. */
  readonly unexported: readonly string[];
}

const REPORTS: readonly { readonly path: string; readonly entries: readonly Entry[] }[] = [
  { path: "packages/wormhole/api-report.md", entries: LIBRARY },
  { path: "packages/mailbox-server/api-report.md", entries: MAILBOX_SERVER },
  { path: "packages/transit-relay/api-report.md", entries: TRANSIT_RELAY },
];

const PREFACE = "Every public declaration, made by `npm run docs`. A difference from this page is a change of the API.";

/** Makes all reports from the built packages. */
export function reports(): Report[] {
  return REPORTS.map(({ path, entries }) => {
    const parts = entries.map((entry) => ({ entry, names: declaredBy(entry) }));
    const text = parts.map(({ entry, names }) => section(entry, names)).join("\n");
    const unexported = namesNotExported(parts.flatMap(({ names }) => names));
    return { path, text: `# API report\n\n${PREFACE}\n\n${text}`, unexported };
  });
}

function section({ specifier }: Entry, names: readonly Declared[]): string {
  const sorted = names.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const declarations = sorted.map(({ declaration }) => withoutComments(declaration)).join("\n\n");
  return `## \`${specifier}\`\n\n\`\`\`ts\n${declarations}\n\`\`\`\n`;
}

/** Signatures that name a type of the package which no entry exports. */
export function namesNotExported(names: readonly Pick<Declared, "name" | "mentions">[]): string[] {
  const exported = new Set(names.map(({ name }) => name));
  return names.flatMap(({ name, mentions }) =>
    mentions.filter((other) => !exported.has(other)).map((other) => `${name} names ${other}, which is not exported`),
  );
}

function main(write: boolean): number {
  let count = 0;
  for (const { path, text, unexported } of reports()) {
    const file = join(root, path);
    const differs = !existsSync(file) || readFileSync(file, "utf8") !== text;
    if (write) writeFileSync(file, text);
    else if (differs) console.log(`${path} differs from the build: run npm run docs, and look at the difference`);
    for (const line of unexported) console.log(`${path}: ${line}`);
    count += unexported.length + (differs && !write ? 1 : 0);
  }
  return count > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.includes("--write"));
