/** A server program that never starts, for the test of failures: its only argument is the failure. */
import { runServer } from "../src/server-program.ts";
import { StartError } from "../src/start-error.ts";

class NoDisk extends StartError {}

await runServer(async () => {
  if (process.argv[2] === "expected") throw new NoDisk("There is no disk.");
  throw new Error("a fault of the program");
});
