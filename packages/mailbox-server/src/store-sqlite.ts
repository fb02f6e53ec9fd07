/**
 * The store in one SQLite file, by means of Node's own SQLite.
 *
 * Changes gather in a transaction, which `commit` ends with one write to the disk. A commit that has returned survives
 * a power cut. The file belongs to one server at a time.
 */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { MailboxServerError } from "./errors.ts";
import * as rows from "./rows.ts";
import { KIND_OF_FILE, SCHEMA, SCHEMA_VERSION, SETTINGS, sql } from "./sql.ts";
import type { Mailbox, MailboxName, Nameplate, Store, StoredMessage } from "./store.ts";

/**
 * Opens a database file, and makes it if it does not exist.
 *
 * @throws MailboxServerError if the file cannot be opened, is in use or is no database of this server, or if this Node
 * has no SQLite
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const { DatabaseSync } = await loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    prepareFile(database, path);
    return new SqliteStore(database);
  } catch (cause) {
    database?.close();
    throw cause instanceof MailboxServerError ? cause : cannotUse(path, reason(cause), cause);
  }
}

async function loadSqlite(): Promise<typeof import("node:sqlite")> {
  try {
    return await import("node:sqlite");
  } catch (cause) {
    throw new MailboxServerError(
      "node-too-old",
      `A database file needs Node 22.13 or newer, and this is Node ${process.versions.node}: ` +
        "use a newer Node, or keep mailboxes in memory with --db :memory:.",
      { cause },
    );
  }
}

/** Configures durability, locks the file for this process, and makes the tables in a new one. */
function prepareFile(database: DatabaseSync, path: string): void {
  database.exec(SETTINGS);
  database.exec(sql.begin);
  const { version, tables } = database.prepare(KIND_OF_FILE).get() as { version: number; tables: number };
  if (version === 0 && tables === 0) database.exec(SCHEMA);
  else if (version !== SCHEMA_VERSION)
    throw cannotUse(path, "it is not a database of this version of the mailbox server");
  database.exec(sql.commit);
}

function cannotUse(path: string, why: string, cause?: unknown): MailboxServerError {
  return new MailboxServerError("database", `Cannot use the database ${path}: ${why}.`, { cause });
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text === "database is locked" ? "another program uses it" : text;
}

type Statements = { readonly [K in keyof typeof sql]: StatementSync };

class SqliteStore implements Store {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  /** Whether there are changes that are not committed. */
  #changed = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepared = Object.entries(sql).map(([name, text]) => [name, database.prepare(text)]);
    this.#statements = Object.fromEntries(prepared) as Statements;
  }

  nameplate(app: string, name: string): Nameplate | undefined {
    const row = this.#statements.nameplate.get(app, name) as rows.NameplateRow | undefined;
    return row && rows.toNameplate(row);
  }

  saveNameplate(app: string, name: string, { mailbox, holders: [a, b] }: Nameplate): void {
    this.#change("saveNameplate", app, name, mailbox, ...rows.holderColumns(a), ...rows.holderColumns(b));
  }

  removeNameplate(app: string, name: string): void {
    this.#change("removeNameplate", app, name);
  }

  listNameplates(app: string, limit: number): string[] {
    const found = this.#statements.listNameplates.all(app, limit) as { name: string }[];
    return found.map(({ name }) => name);
  }

  countNameplates(app: string, digits: number, limit: number): number {
    return (this.#statements.countNameplates.get(app, digits, Math.ceil(limit)) as { count: number }).count;
  }

  nameplateOf(app: string, side: string): string | undefined {
    const found = this.#statements.nameplateOf.get(app, side) as { name: string } | undefined;
    return found?.name;
  }

  mailbox(app: string, id: string): Mailbox | undefined {
    const row = this.#statements.mailbox.get(app, id) as rows.MailboxRow | undefined;
    return row && rows.toMailbox(row);
  }

  saveMailbox(app: string, id: string, { nameplate, members: [a, b], messages, bytes, touched }: Mailbox): void {
    const members = [...rows.memberColumns(a), ...rows.memberColumns(b)];
    this.#change("saveMailbox", app, id, nameplate, ...members, messages, bytes, touched);
  }

  touchMailbox(app: string, id: string, touched: number): void {
    this.#change("touchMailbox", touched, app, id);
  }

  removeMailbox(app: string, id: string): void {
    this.#change("removeMessages", app, id);
    this.#change("removeMailbox", app, id);
  }

  idleMailboxes(before: number, limit: number): MailboxName[] {
    const found = this.#statements.idleMailboxes.all(before, limit) as { app: string; id: string }[];
    return found.map(({ app, id }) => ({ app, id }));
  }

  addMessage(app: string, mailbox: string, { number, side, phase, body, id, receivedAt }: StoredMessage): void {
    this.#change("addMessage", app, mailbox, number, side, phase, body, id, receivedAt);
  }

  *messages(app: string, mailbox: string, after: number): Iterable<StoredMessage> {
    // One row at a time by its key, not an open cursor: the store may be written and read between two steps.
    const next = (number: number) =>
      this.#statements.nextMessage.get(app, mailbox, number) as rows.MessageRow | undefined;
    for (let row = next(after); row; row = next(row.number)) yield rows.toMessage(row);
  }

  upTime(): number {
    return (this.#statements.upTime.get() as { up_time: number }).up_time;
  }

  saveUpTime(seconds: number): void {
    this.#change("saveUpTime", seconds);
  }

  commit(): void {
    if (!this.#changed) return;
    this.#statements.commit.run();
    this.#changed = false;
  }

  rollback(): void {
    if (!this.#changed) return;
    this.#changed = false;
    try {
      this.#statements.rollback.run();
    } catch {
      // After some failures, such as a full disk, SQLite has already rolled back by itself, and reports an error here.
    }
  }

  close(): void {
    this.rollback();
    this.#database.close();
  }

  #change(statement: keyof Statements, ...values: SQLInputValue[]): void {
    if (!this.#changed) this.#statements.begin.run();
    this.#changed = true;
    this.#statements[statement].run(...values);
  }
}
