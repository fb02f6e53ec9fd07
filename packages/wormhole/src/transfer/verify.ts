/** The comparison of verifiers, by which people can exclude an attacker who guessed the code. */
import { unlessAborted } from "../base/abort.ts";
import type { JsonObject } from "../base/json.ts";
import { Once } from "../base/once.ts";
import { measure } from "../base/timing.ts";
import type { Meeting } from "./context.ts";
import { LocalError } from "./local-error.ts";

/**
 * Emits the verifier, and with the option `verify` waits until a person has accepted it. Then waits for the versions of
 * the peer, and returns them.
 * @throws {LocalError} if the person rejects the verifier
 */
export async function verifyPeer(meeting: Meeting, side: "sender" | "receiver"): Promise<JsonObject> {
  const { wormhole, signal, options, emit } = meeting;
  const verdict = new Once<void>();
  if (options.verify !== true) verdict.resolve();
  emit({
    type: "verifier",
    verifier: await wormhole.getVerifier({ signal }),
    accept: () => verdict.resolve(),
    reject() {
      verdict.reject(new LocalError("The verifier was rejected. Nothing was transferred.", "verifier-rejected", {
          peerMessage: `${side} rejected verification check, abandoned transfer`,
        }));
    },
  });
  if (options.verify === true) {
    await measure(options.timing, "compare verifier", () => unlessAborted(verdict.promise, signal));
  }
  const versions = await wormhole.getVersions({ signal });
  emit({ type: "versions", versions });
  return versions;
}
