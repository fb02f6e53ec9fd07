/** Opening and closing a port, and the end of sockets that do not close. Both faces use it. */
import type { Server, Socket } from "node:net";
import type { Clock } from "../../internal/src/clock.ts";
import { type ListenAddress, openPort } from "../../internal/src/listen.ts";
import { CLOSING_MS } from "./limits.ts";

/** A port that is open. */
export interface OpenPort {
  readonly port: number;
  /** Closes the port and destroys every connection that came in by it. */
  close(): Promise<void>;
}

/**
 * Opens a port and keeps track of its connections.
 *
 * @param take may replace an accepted socket by another one
 * @throws ListenError if the port cannot be opened
 */
export async function listen(
  server: Server,
  address: ListenAddress,
  take = (socket: Socket) => socket,
): Promise<OpenPort> {
  const sockets = new Set<Socket>();
  server.on("connection", (accepted: Socket) => {
    const socket = take(accepted);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  const port = await openPort(server, address);
  // A later error concerns one connection that could not be accepted, for example for lack of file descriptors.
  server.on("error", () => {});
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Destroys a closing socket if its queue stops shrinking.
 *
 * Destroying it at once would lose bytes that are under way: the system answers unread bytes with a reset, and a reset
 * discards what the other side has not read yet.
 */
export function destroyWhenStuck(socket: Socket, clock: Clock): void {
  if (socket.closed) return;
  let unsent = socket.writableLength;
  const check = () => {
    if (socket.writableLength >= unsent) return socket.destroy();
    unsent = socket.writableLength;
    timer = clock.after(CLOSING_MS, check);
  };
  let timer = clock.after(CLOSING_MS, check);
  socket.once("close", () => timer.cancel());
}
