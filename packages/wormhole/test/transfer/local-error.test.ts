/** The words in which a peer is informed of failures on this side. */
import { expect, it } from "vitest";
import { TransferError, UnsendableFileError } from "../../src/errors.ts";
import { LocalError, peerMessageOf } from "../../src/transfer/local-error.ts";

// proves: transfer/private-failures
it.each<[string, unknown, string]>([
  ["a local failure", new LocalError("'/home/me/secret' is full", "no-space"), "receiver disk full"],
  [
    "an unsendable file",
    new UnsendableFileError("/home/me/secret", "'/home/me/secret' grew"),
    "the sender could not read what it offered",
  ],
  ["an abort", AbortSignal.abort().reason, "transfer cancelled"],
  ["another exception of the DOM", new DOMException("/home/me/secret"), "transfer failed on the other side"],
  ["another error", new TransferError("/home/me/secret"), "transfer failed on the other side"],
  ["something that is not an error", "/home/me/secret", "transfer failed on the other side"],
])("the peer learns no details of %s", (_, error, expected) => expect(peerMessageOf(error)).toBe(expected));
