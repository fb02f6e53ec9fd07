/**
 * Reading an accepted socket into memory that the relay chooses.
 *
 * Node offers this (`onread` of `net.connect`) only for sockets that dial. The library has a sibling of this file,
 * which reads into one buffer of fixed size: `packages/wormhole/src/net/accepted.node.ts`.
 */
import { Socket } from "node:net";

/** How a socket reads: the option `onread` of https://nodejs.org/api/net.html#socketconnectoptions-connectlistener. */
export interface OnRead {
  /** Returns the memory for the next read. Called after each read. */
  buffer(): Uint8Array;
  /** Receives the result of a read. Returns false to stop reading for now. */
  callback(length: number, buffer: Uint8Array): boolean;
}

/** The part of a socket that belongs to the operating system. Node documents it only in passing, at `server.listen`. */
interface WithHandle {
  _handle: object | null;
}

/**
 * Replaces an accepted socket by one that reads with `onread`, may be half open and is paused. Returns undefined on a
 * runtime whose sockets are built differently; the accepted socket is then unchanged.
 */
export function readingInto(accepted: Socket, onread: OnRead): Socket | undefined {
  const old = accepted as unknown as WithHandle;
  const handle = old._handle;
  if (handle?.constructor.name !== "TCP") return undefined;
  const options = { handle, onread, allowHalfOpen: true };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  if ((socket as unknown as WithHandle)._handle !== handle) return undefined;
  socket.pause();
  old._handle = null;
  accepted.destroy();
  return socket;
}
