/** A machine whose connections can die silently: bytes are lost, and neither end is notified. */
import type { Connection, StreamNetwork } from "../../src/net/connection.ts";

/** Wraps a machine. `mute` silences the connections that it has; later ones work. */
export function mutable(machine: StreamNetwork): { readonly machine: StreamNetwork; readonly mute: () => void } {
  const [open, muted] = [new Set<Connection>(), new Set<Connection>()];
  const wrap = (connection: Connection): Connection => {
    open.add(connection);
    const receive = connection.receive.bind(connection);
    connection.receive = (receiver) =>
      receive({
        chunk: (bytes) => muted.has(connection) || receiver.chunk(bytes),
        ended: (error) => muted.has(connection) || receiver.ended(error),
      });
    return connection;
  };
  return {
    mute() {
      for (const connection of open) muted.add(connection);
    },
    machine: {
      ...machine,
      dial: async (...given) => wrap(await machine.dial(...given)),
      listen(accept, port) {
        if (machine.listen === undefined) throw new Error("this machine cannot listen");
        return machine.listen((connection) => accept(wrap(connection)), port);
      },
    },
  };
}
