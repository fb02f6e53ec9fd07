/** Servers and databases that last as long as a test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type MailboxServer, type MailboxServerOptions, startMailboxServer } from "../src/index.ts";

/** Every kind of store. */
export const kinds = ["memory", "sqlite"] as const;
/** One of {@link kinds}. */
export type Kind = (typeof kinds)[number];

/** The `db` of a new database, for one test. */
export function database(kind: Kind): string {
  return kind === "memory" ? ":memory:" : temporaryFile("mailbox.sqlite");
}

/** A path in a new directory, which is removed after the test. */
export function temporaryFile(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), "mailbox-server-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, name);
}

/** Starts a server that is closed after the test. */
export async function started(options: MailboxServerOptions = {}): Promise<MailboxServer> {
  const server = await startMailboxServer(options);
  onTestFinished(() => server.close());
  return server;
}
