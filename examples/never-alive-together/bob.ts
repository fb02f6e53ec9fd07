/**
 * The other of two programs that talk without ever running at the same time; see run.ts. To run it alone:
 *
 *     npm run build
 *     node examples/never-alive-together/bob.ts bob.json ws://127.0.0.1:4000/v1 7-guitarist-revenge
 *
 * Each run is one short life. Only the first run needs the code, which alice.ts has printed.
 */
import { type Part, Speaker } from "./speaker.ts";

const [file, server, code = ""] = process.argv.slice(2);
if (file === undefined || server === undefined) throw new Error("usage: bob.ts STATE-FILE MAILBOX-SERVER-URL CODE");

const bob: Part = {
  name: "bob",
  lines: ["I am now.", "You are always asleep.", "Sleep well."],
  opens: false,
  getCode: (wormhole) => wormhole.setCode(code),
};
new Speaker(bob, file, server);
