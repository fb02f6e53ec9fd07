/** The two ways in which a received archive is refused as a whole. */
import { TransferError } from "../../errors.ts";

/**
 * Refuses an archive that is damaged, or does not hold what was announced. `reason` completes the sentence "The received
 * folder cannot be unpacked: …".
 * @throws {TransferError} always, with the code `damaged`
 */
export function refuseDamaged(reason: string): never {
  throw new TransferError(`The received folder cannot be unpacked: ${reason}.`, { code: "damaged" });
}

/**
 * Refuses an archive that no honest program makes, such as one whose names lead outside.
 * @throws {TransferError} always, with the code `name-refused`
 */
export function refuseHostile(reason: string): never {
  throw new TransferError(`The received folder was refused: ${reason}.`, { code: "name-refused" });
}
