/** A server program that does nothing. Its only argument is the failure that it meets, or `never`. */
import { runServer } from "../src/server-program.ts";
import { StartError } from "../src/start-error.ts";

class NoDisk extends StartError {}

await runServer(async () => {
  if (process.argv[2] === "expected") throw new NoDisk("There is no disk.");
  if (process.argv[2] === "unexpected") throw new Error("a fault of the program");
  setTimeout(() => {
    if (process.argv[2] === "later") throw new Error("a fault\nof the program");
  }, 10);
  const listening = setInterval(() => {}, 1_000);
  return { addresses: ["relay tcp:127.0.0.1:1"], close: async () => clearInterval(listening) };
});
