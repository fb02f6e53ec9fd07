import { Socket } from "node:net";

/** How a socket hands over what it reads without allocating: `onread` of Node's documentation. */
export interface OnRead {
  buffer: Uint8Array;
  /** False: read no more for now. */
  callback(length: number, buffer: Uint8Array): boolean;
}

/** The part of a socket that talks to the system. Node's documentation names it in passing only (`server.listen`). */
interface Handled {
  _handle: object | null;
}

/**
 * Makes a socket with `onread` of one that was accepted: Node has that option for sockets that dial, although it
 * matters where the bytes of a whole transfer arrive (50 MB of memory and a quarter of a second a gigabyte). So the
 * connection moves to a new socket. Where that is not possible, undefined, and the old one is as it was.
 */
export function withOnRead(accepted: Socket, onread: OnRead): Socket | undefined {
  const old = accepted as unknown as Handled;
  const handle = old._handle;
  // Another runtime's sockets are made in another way.
  if (handle?.constructor.name !== "TCP") return undefined;
  const socket = new Socket({ handle, onread } as ConstructorParameters<typeof Socket>[0]);
  if ((socket as unknown as Handled)._handle !== handle) return undefined;
  socket.pause();
  old._handle = null;
  accepted.destroy();
  return socket;
}
