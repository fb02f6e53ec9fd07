/** A proxy in front of a transit relay that counts bytes, which proves whether data went through the relay. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A proxy that is listening. */
export interface Gate {
  readonly port: number;
  /** Bytes that clients have sent since the last call. */
  passed(): number;
  close(): Promise<void>;
}

/** Listens on a port of the loopback address (0: any), and forwards every connection to the relay. */
export async function openGate(port: number, relay: { readonly host: string; readonly port: number }): Promise<Gate> {
  let bytes = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const onward = connect(relay);
    for (const socket of [client, onward]) {
      open.add(socket);
      socket.on("error", () => {}); // followed by "close"
      socket.once("close", () => open.delete(socket));
    }
    client.on("data", (chunk) => {
      bytes += chunk.length;
    });
    client.once("close", () => onward.destroySoon());
    onward.once("close", () => client.destroySoon());
    client.pipe(onward).pipe(client);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    passed() {
      const passed = bytes;
      bytes = 0;
      return passed;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
