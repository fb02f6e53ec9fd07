/** The tables of the SQLite store, and every statement on them. */

/** The version of the tables, increased with every change of them. */
export const SCHEMA_VERSION = 1;

/** The tables. There are two sides at most, so they are columns, and one row answers every question of the rules. */
export const SCHEMA = `
CREATE TABLE nameplates (
  app TEXT NOT NULL,
  name TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  side_a TEXT, released_a INTEGER NOT NULL,
  side_b TEXT, released_b INTEGER NOT NULL,
  PRIMARY KEY (app, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX nameplates_by_first_side ON nameplates (app, side_a);
CREATE INDEX nameplates_by_length ON nameplates (app, length(name));

CREATE TABLE mailboxes (
  app TEXT NOT NULL,
  id TEXT NOT NULL,
  nameplate TEXT,
  side_a TEXT, open_a INTEGER NOT NULL,
  side_b TEXT, open_b INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  touched REAL NOT NULL,
  PRIMARY KEY (app, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
  app TEXT NOT NULL,
  mailbox TEXT NOT NULL,
  number INTEGER NOT NULL,
  side TEXT NOT NULL,
  phase TEXT NOT NULL,
  body TEXT NOT NULL,
  msg_id ANY,
  received_at REAL NOT NULL,
  PRIMARY KEY (app, mailbox, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE server (up_time REAL NOT NULL) STRICT;
INSERT INTO server VALUES (0);

PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * WAL: a commit is one write. FULL: a commit returns when it is on the disk. EXCLUSIVE: no other process may use the
 * file.
 */
export const SETTINGS = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

/** Distinguishes a new file, a file of this server, and a file of another program. */
export const KIND_OF_FILE = `
SELECT user_version AS version, (SELECT count(*) FROM sqlite_schema) AS tables FROM pragma_user_version`;

/** The statements by name. */
export const sql = {
  begin: "BEGIN IMMEDIATE",
  commit: "COMMIT",
  rollback: "ROLLBACK",

  nameplate: "SELECT mailbox, side_a, released_a, side_b, released_b FROM nameplates WHERE app = ? AND name = ?",
  saveNameplate: "REPLACE INTO nameplates VALUES (?, ?, ?, ?, ?, ?, ?)",
  removeNameplate: "DELETE FROM nameplates WHERE app = ? AND name = ?",
  listNameplates: "SELECT name FROM nameplates WHERE app = ? ORDER BY name LIMIT ?",
  countNameplates: `SELECT count(*) AS count
                    FROM (SELECT 1 FROM nameplates WHERE app = ? AND length(name) = ? LIMIT ?)`,
  nameplateOf: "SELECT name FROM nameplates WHERE app = ? AND side_a = ? AND NOT released_a LIMIT 1",

  mailbox: `SELECT nameplate, side_a, open_a, side_b, open_b, messages, bytes, touched
            FROM mailboxes WHERE app = ? AND id = ?`,
  saveMailbox: "REPLACE INTO mailboxes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
  touchMailbox: "UPDATE mailboxes SET touched = ? WHERE app = ? AND id = ?",
  removeMailbox: "DELETE FROM mailboxes WHERE app = ? AND id = ?",
  idleMailboxes: "SELECT app, id FROM mailboxes WHERE touched < ? LIMIT ?",

  addMessage: "INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  nextMessage: `SELECT number, side, phase, body, msg_id, received_at FROM messages
                WHERE app = ? AND mailbox = ? AND number > ? ORDER BY number LIMIT 1`,
  removeMessages: "DELETE FROM messages WHERE app = ? AND mailbox = ?",

  upTime: "SELECT up_time FROM server",
  saveUpTime: "UPDATE server SET up_time = ?",
} as const;
