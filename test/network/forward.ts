/** `node forward.ts PORT PATH`: forwards connections from a port of loopback to a Unix socket, which network namespaces do not confine. */
import { connect, createServer } from "node:net";

const [, , port = "", path = ""] = process.argv;

const server = createServer((client) => {
  const onward = connect({ path });
  for (const socket of [client, onward]) socket.on("error", () => socket.destroy());
  client.once("close", () => onward.destroy());
  client.pipe(onward).pipe(client);
});
server.listen(Number(port), "127.0.0.1", () => console.log("ready"));
