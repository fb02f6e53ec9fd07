import type { Address } from "./listening.ts";

/** Why a port could not be opened. */
export type ListenFailure = "port-taken" | "forbidden" | "unknown-host" | "no-such-address" | "other";

const failures: Readonly<Record<string, ListenFailure>> = {
  EADDRINUSE: "port-taken",
  EACCES: "forbidden",
  ENOTFOUND: "unknown-host",
  EAI_AGAIN: "unknown-host",
  EADDRNOTAVAIL: "no-such-address",
};

/** The relay cannot listen where it was asked to. The message is a sentence for the person who started it. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  /** Stable: for programs, where the message is for people. */
  readonly code: ListenFailure;

  constructor({ host, port }: Address, cause: Error) {
    const code = failures[(cause as NodeJS.ErrnoException).code ?? ""] ?? "other";
    super(sentence(code, host, port, cause), { cause });
    this.code = code;
  }
}

function sentence(code: ListenFailure, host: string, port: number, cause: Error): string {
  switch (code) {
    case "port-taken":
      return `Port ${port} of ${host} is taken: another program is listening there.`;
    case "forbidden":
      return `Listening on port ${port} of ${host} is not allowed for this user.`;
    case "unknown-host":
      return `The name ${host} is not known here.`;
    case "no-such-address":
      return `This machine does not have the address ${host}.`;
    case "other":
      return `Listening on port ${port} of ${host} failed: ${cause.message}.`;
  }
}
