/**
 * One of two programs that talk without ever running at the same time; see run.ts. To run it alone:
 *
 *     npm run build
 *     node examples/never-alive-together/alice.ts alice.json ws://127.0.0.1:4000/v1
 *
 * Each run is one short life. The first run allocates the code and prints it for bob.ts.
 */
import { type Part, Speaker } from "./speaker.ts";

const [file, server] = process.argv.slice(2);
if (file === undefined || server === undefined) throw new Error("usage: alice.ts STATE-FILE MAILBOX-SERVER-URL");

const alice: Part = {
  name: "alice",
  lines: ["Are you there?", "I never see you.", "Goodbye, stranger."],
  opens: true,
  getCode: (wormhole) => wormhole.allocateCode(),
};
new Speaker(alice, file, server);
