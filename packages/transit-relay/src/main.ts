/** The program `wormhole-transit-relay`. Importing this file runs it. */
import { runServer } from "../../internal/src/server-program.ts";
import { parseOptions } from "./options.ts";

let webSocketPort: number | undefined;

await runServer(
  async () => {
    const options = parseOptions(process.argv.slice(2));
    webSocketPort = options.websocket?.port;
    const { startTransitRelay } = await import("./index.ts");
    const relay = await startTransitRelay(options);
    const urls = [relay.url, relay.websocketUrl].filter((url) => url !== undefined);
    return { addresses: urls.map((url) => `relay ${url}`), close: () => relay.close() };
  },
  (port) => (port === webSocketPort ? "--listen-websocket" : "--listen"),
);
