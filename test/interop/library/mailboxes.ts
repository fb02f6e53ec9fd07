/** Mailbox servers on the loopback address: the reference server and ours, started with the options of a test. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { launch } from "../../support/processes.ts";
import { pythonProgram } from "../reference/process.ts";

/** A running mailbox server. */
export interface Mailbox {
  /** `ws://HOST:PORT/v1`. */
  readonly url: string;
  /** May be called several times. */
  stop(): Promise<void>;
}

/** Options of a mailbox server. */
export interface MailboxOptions {
  /** A file that outlives the server. */
  readonly db?: string;
  /** Refuses every client with this error. */
  readonly signalError?: string;
}

/** An implementation of a mailbox server. */
export interface MailboxKind {
  readonly title: string;
  /** Whether a third side that opens a mailbox is refused without harm to the first two. */
  readonly survivesStrangers: boolean;
  start(options?: MailboxOptions): Promise<Mailbox>;
}

/** Longer than any test file. */
const SERVER_SECONDS = 300;

const pythonMailbox: MailboxKind = {
  title: "Python's mailbox server",
  survivesStrangers: false,
  async start({ db = ":memory:", signalError } = {}) {
    const program = pythonProgram ?? "";
    const twist = [program, join(dirname(program), "twist"), "--log-format=text", "wormhole-mailbox"];
    const options = ["--port", "tcp:0:interface=127.0.0.1", "--channel-db", db];
    const refusal = signalError === undefined ? [] : ["--signal-error", signalError];
    const served = launch([...twist, ...options, ...refusal], { seconds: SERVER_SECONDS });
    const port = await served.says(/ starting on (\d+)/);
    return {
      url: `ws://127.0.0.1:${port}/v1`,
      stop: async () => {
        await served.stop();
      },
    };
  },
};

const ourMailbox: MailboxKind = {
  title: "our mailbox server",
  survivesStrangers: true,
  async start(options = {}) {
    const server = await startMailboxServer(options);
    return { url: server.url, stop: () => server.close() };
  },
};

/** Both mailbox servers. */
export const mailboxKinds: readonly MailboxKind[] = [pythonMailbox, ourMailbox];

/** Runs `body` with the path of a new database, and removes the database afterwards. */
export async function withDatabase(body: (db: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "interop-library-"));
  try {
    await body(join(folder, "mailbox.sqlite"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
