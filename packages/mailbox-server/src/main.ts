/** The program `wormhole-mailbox-server`. Importing this file runs it. */
import { log, runServer, warn } from "../../internal/src/server-program.ts";
import { parseOptions } from "./options.ts";

await runServer(async () => {
  const options = parseOptions(process.argv.slice(2));
  const { startMailboxServer } = await import("./index.ts");
  const server = await startMailboxServer({ ...options, onError: warn });
  if (options.db === ":memory:") log("Mailboxes are kept in memory only. To keep them on disk, use --db FILE.");
  return { addresses: [`mailbox ${server.url}`], close: () => server.close() };
});
