import { Socket } from "node:net";

/** How a socket reads into memory that it is given: `onread` of Node's documentation. */
export interface OnRead {
  /** Called after each read, for the memory of the next one. */
  buffer(): Uint8Array;
  /** False: read no more for now. */
  callback(length: number, buffer: Uint8Array): boolean;
}

/** The part of a socket that talks to the system, which Node's documentation names in passing only (`server.listen`). */
interface Handled {
  _handle: object | null;
}

/**
 * Makes a socket that reads by `onread` of one that was accepted: Node offers that to sockets that dial, not to servers.
 * The connection moves to the new socket, which may be half open and is paused. Undefined where a runtime has it
 * otherwise; then the old one is as it was.
 */
export function readingInto(accepted: Socket, onread: OnRead): Socket | undefined {
  const old = accepted as unknown as Handled;
  const handle = old._handle;
  if (handle?.constructor.name !== "TCP") return undefined;
  const options = { handle, onread, allowHalfOpen: true };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  if ((socket as unknown as Handled)._handle !== handle) return undefined;
  socket.pause();
  old._handle = null;
  accepted.destroy();
  return socket;
}
