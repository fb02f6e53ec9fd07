/** What the two faces have in common: a port, the sockets that came in by it, and how a socket is let go. */
import type { Server, Socket } from "node:net";
import type { Clock } from "./clock.ts";
import { ListenError } from "./errors.ts";
import { CLOSING_TIME } from "./limits.ts";

/** Where to listen. Port 0 lets the system choose. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** A port that is open. */
export interface Listening {
  readonly port: number;
  /** Closes the port and drops every connection that came in by it. */
  close(): Promise<void>;
}

/**
 * Opens a port. `take` may put another socket in the place of one that came in. Rejects with a {@link ListenError}.
 */
export async function listen(
  server: Server,
  { host, port }: Address,
  take = (socket: Socket) => socket,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (accepted: Socket) => {
    const socket = take(accepted);
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    // Later errors are of single connections that could not be accepted, for want of file descriptors: their loss.
    server.on("error", (cause) => reject(new ListenError({ host, port }, cause)));
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/**
 * Waits for a socket that is closing, as long as it makes progress. Closing it at once would lose what is on its way:
 * the system answers unread bytes with a reset, and a reset takes back what the other side has not read yet.
 */
export function letGo(socket: Socket, clock: Clock): void {
  if (socket.closed) return;
  let unsent = socket.writableLength;
  const look = () => {
    if (socket.writableLength >= unsent) return socket.destroy();
    unsent = socket.writableLength;
    timer = clock.after(CLOSING_TIME, look);
  };
  let timer = clock.after(CLOSING_TIME, look);
  socket.once("close", () => timer.cancel());
}
