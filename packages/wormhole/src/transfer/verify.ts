/** The comparison of verifiers, by which people can exclude an attacker who guessed the code. */
import { unlessAborted } from "../base/abort.ts";
import type { JsonObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { measure } from "../base/timing.ts";
import type { Meeting } from "./context.ts";
import { LocalError } from "./local-error.ts";
import { checkRoles } from "./roles.ts";
import { throughMailbox, waitFor } from "./waits.ts";

/**
 * Waits for the versions of the peer, which come with its proof, and compares the roles. Then emits the verifier, and with
 * the option `verify` waits until a person has accepted it. Returns the versions.
 * @throws {LocalError} if both sides have the same role, or if the person rejects the verifier
 */
export async function verifyPeer(meeting: Meeting): Promise<JsonObject> {
  const { wormhole, signal, options, emit, role } = meeting;
  const versions = await waitFor(meeting, throughMailbox(meeting, "proof"), wormhole.getVersions({ signal }));
  checkRoles(role, versions);
  const verdict = new Once<void>();
  if (options.verify !== true) verdict.resolve();
  emit({
    type: "verifier",
    verifier: await wormhole.getVerifier({ signal }),
    accept: () => verdict.resolve(),
    reject() {
      // The words of the Python program.
      const peerMessage = `${role} rejected verification check, abandoned transfer`;
      const message = "The verifier was rejected. Nothing was transferred.";
      verdict.reject(new LocalError(message, "verifier-rejected", { peerMessage }));
    },
  });
  if (options.verify === true) {
    await measure(options.timing, "compare verifier", () => unlessAborted(verdict.promise, signal));
  }
  emit({ type: "versions", versions });
  return versions;
}
