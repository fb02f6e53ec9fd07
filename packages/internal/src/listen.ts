/** Opening a port, and the error if that fails. */
import type { Server } from "node:net";
import { StartError } from "./start-error.ts";

/** The address on which a server listens. */
export interface ListenAddress {
  /** Host name or IP address of this machine. */
  readonly host: string;
  /** TCP port; 0 is any free one. */
  readonly port: number;
}

/** Why a port could not be opened. */
export type ListenFailure = "port-taken" | "forbidden" | "unknown-host" | "no-such-address" | "other";

const FAILURES: Readonly<Record<string, ListenFailure>> = {
  EADDRINUSE: "port-taken",
  EACCES: "forbidden",
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "unknown-host",
  EADDRNOTAVAIL: "no-such-address",
};

/** The port cannot be opened. The message is a sentence for the operator. */
export class ListenError extends StartError {
  override readonly name = "ListenError";
  /** For programs: stays the same when the message is reworded. */
  readonly code: ListenFailure;

  constructor(address: ListenAddress, cause: NodeJS.ErrnoException) {
    const code = FAILURES[cause.code ?? ""] ?? "other";
    super(`Cannot listen on ${hostAndPort(address)}: ${reason(code, cause)}.`, { cause });
    this.code = code;
  }
}

function reason(code: ListenFailure, cause: Error): string {
  switch (code) {
    case "port-taken":
      return "another program uses this port";
    case "forbidden":
      return "this user is not permitted to use this port";
    case "unknown-host":
      return "the host name is unknown";
    case "no-such-address":
      return "this machine does not have this address";
    case "other":
      return cause.message;
  }
}

/**
 * Makes a server listen. Resolves with its port, which the operating system chooses if `address.port` is 0.
 *
 * @throws ListenError if the port cannot be opened
 */
export function openPort(server: Server, address: ListenAddress): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => reject(new ListenError(address, cause));
    server.once("error", failed);
    server.listen(address.port, address.host, () => {
      server.off("error", failed);
      const bound = server.address();
      resolve(typeof bound === "object" && bound ? bound.port : address.port);
    });
  });
}

/** An address as it stands in URLs: `127.0.0.1:4000`, or `[::1]:4000` for IPv6. */
export function hostAndPort({ host, port }: ListenAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
